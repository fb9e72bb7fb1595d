"""Programs of integrators, as admins register and close them."""

from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from apps.users import problems
from apps.users.api.v1 import programs
from apps.users.api.v1.program_projections import GRANTS
from apps.users.models import RegisteredClient
from apps.users.services import clients
from chassis.followers import Nothing
from chassis.methods import Method
from chassis.pages import Page
from chassis.permissions import InPerson, by_method, scope
from chassis.views import ListView, View

CLIENT = Page(heading="{name}", columns=("name", "id", "grant", "scopes", "is_active", "created_at"))
ADMIN = scope("users:admin")
ADMIN_IN_PERSON = ADMIN & InPerson
BY_NAME = {name: grant for grant, name in GRANTS.items()}


class Clients(ListView):
    """Programs that may ask, for themselves or for the people who allow it."""

    queryset = RegisteredClient.objects.all()
    permission_classes = [by_method(get=ADMIN, post=ADMIN_IN_PERSON)]
    html = CLIENT
    orderings = ("-created_at", "created_at", "name", "-name")
    methods = {
        "GET": Method("List the clients", lists=programs.ShownClient),
        "POST": Method(
            "Register a client",
            reads=programs.NewClient,
            shows={201: programs.ClientWithSecret},
            refuses=(problems.ContradictingClient,),
        ),
    }

    def get(self, request: Request) -> Response:
        return self.page(self.get_queryset())

    def post(self, request: Request) -> Response:
        body = self.read()
        grant = BY_NAME[body.pop("grant")]
        client, secret = clients.register_client(**body, grant=grant, held=self.caller.scopes)
        once = {"client_secret": secret} if secret else {}
        return self.show(client, status=201, location=f"/{request.version}/clients/{client.client_id}", **once)


class OneClient(View):
    """A program of an integrator."""

    permission_classes = [ADMIN]
    html = CLIENT
    methods = {"GET": Method("Read a client", shows={200: programs.ShownClient})}

    def get(self, request: Request, client_id: str) -> Response:
        return self.show(get_object_or_404(RegisteredClient, client_id=client_id))


class DeactivateClient(View):
    """Closing a program: nothing that it was given is believed any longer."""

    permission_classes = [ADMIN_IN_PERSON]
    methods = {"POST": Method("Deactivate a client", reads=Nothing, shows={204: None})}

    def post(self, request: Request, client_id: str) -> Response:
        self.read()
        clients.deactivate_client(client=get_object_or_404(RegisteredClient, client_id=client_id))
        return Response(status=204)
