"""Version 1 of orders."""

from django.urls import path

from apps.orders.api.v1 import views

urlpatterns = [
    path("products", views.ProductList.as_view(), name="product-list"),
    path("products/<str:id>", views.ProductDetail.as_view(), name="product-detail"),
    path("products/<str:id>/prices", views.ProductPrices.as_view(), name="product-prices"),
    path("products/<str:id>/stock-movements", views.StockMovements.as_view(), name="stock-movement-list"),
    path("quotes", views.Quotes.as_view(), name="quote-list"),
    path("orders", views.OrderList.as_view(), name="order-list"),
    path("orders/<str:id>", views.OrderDetail.as_view(), name="order-detail"),
    path("orders/<str:id>/pay", views.Pay.as_view(), name="order-pay"),
    path("orders/<str:id>/cancel", views.Cancel.as_view(), name="order-cancel"),
    path("orders/<str:id>/refunds", views.Refunds.as_view(), name="refund-list"),
]
