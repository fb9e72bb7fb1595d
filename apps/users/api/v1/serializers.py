"""What clients send to users, and what they see."""

from typing import Any, ClassVar

from django.core.validators import RegexValidator
from rest_framework import serializers

from apps.users.api.v1 import projections
from apps.users.models import Address, Role, User, normal_email
from chassis.addresses import PostalAddress
from chassis.countries import COUNTRIES
from chassis.followers import ShownOperation
from chassis.serializers import Boolean, Representation, Strict, Text


class Email(serializers.EmailField):
    """An address in the form in which it is stored, so that the checks look at what is kept."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=254, **options)

    def to_internal_value(self, data: Any) -> str:
        return normal_email(super().to_internal_value(data))


class Password(Text):
    """A password exactly as it was typed, blanks included."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=128, trim_whitespace=False, **options)


class FullName(Text):
    """A name in any script, on one line."""

    def __init__(self, **options: Any) -> None:
        one_line = RegexValidator(r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$", "A name is one line of text")
        super().__init__(max_length=200, validators=[one_line], **options)


class Yes(serializers.BooleanField):
    """`true`, and nothing that only looks like it."""

    described: ClassVar[dict[str, Any]] = {"enum": [True]}

    def to_internal_value(self, data: Any) -> bool:
        if data is not True:
            self.fail("invalid", input=data)
        return True


class Registration(Strict):
    """A new account. Roles are given by staff, never taken."""

    email = Email()
    password = Password()
    full_name = FullName()


class ProfileChange(Strict):
    """What people may change of themselves; what is left out stays."""

    full_name = FullName(required=False)


class NewPassword(Strict):
    """The token from a letter, and the password that the account has from now on."""

    token = Text(max_length=255)
    password = Password()


class PasswordChange(Strict):
    """The password that is known, and the one that the account has from now on."""

    current_password = Password()
    password = Password()


class ErasureBody(Strict):
    """Whoever is erased shows that it is they who ask."""

    password = Password()


class BegunErasure(ShownOperation):
    """The operation, with the token that opens it to whoever sends it as `X-Operation-Token`."""

    operation_token = serializers.CharField(required=False)


class LetterToken(Strict):
    """The token from a letter."""

    token = Text(max_length=255)


class Mailbox(Strict):
    """Where to write to."""

    email = Email()


class RolesBody(Strict):
    """All roles that somebody has."""

    roles = serializers.ListField(child=serializers.ChoiceField(Role.choices), min_length=1, max_length=len(Role))


class Invitation(RolesBody):
    """Somebody who shall join, and as what. They choose their password with the token that is sent to them."""

    email = Email()
    full_name = FullName(required=False)


class AddressBody(PostalAddress):
    """An address, whole: what is left out is blank, and no default."""

    country = serializers.ChoiceField(sorted(COUNTRIES))  # type: ignore[assignment]  # narrower
    is_default_shipping = Boolean(default=False)
    is_default_billing = Boolean(default=False)


class Credentials(Strict):
    """What somebody signs in with."""

    email = Email()
    password = Password()


class Refreshment(Strict):
    """The newest refresh token of a sign-in."""

    refresh_token = Text(max_length=255)


class Revocation(Strict):
    """Either the refresh token of the sign-in that ends, or `all` of one's own."""

    exactly_one = ("refresh_token", "all")
    refresh_token = Text(max_length=255, required=False)
    all = Yes(required=False)


class UserRepresentation(Representation):
    """A person with an account."""

    projection = projections.USERS
    email_verified = serializers.BooleanField(read_only=True)
    roles = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = User
        fields = (
            *("id", "email", "full_name", "email_verified", "roles", "is_active"),
            *("created_at", "updated_at", "version"),
        )


class AddressRepresentation(Representation):
    """A postal address of oneself."""

    projection = projections.ADDRESSES

    class Meta:
        model = Address
        fields = projections.ADDRESS_COLUMNS


class GrantRepresentation(serializers.Serializer):
    """An access token (`expires_in` seconds), and the refresh token that is exchanged for the next one."""

    access_token = serializers.CharField()
    token_type = serializers.CharField()
    expires_in = serializers.IntegerField()
    refresh_token = serializers.CharField()


class RoleRepresentation(serializers.Serializer):
    """A role, and what it opens."""

    name = serializers.CharField(source="value")
    scopes = serializers.SerializerMethodField()

    def get_scopes(self, role: Any) -> list[str]:
        return sorted(role.scopes)
