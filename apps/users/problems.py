"""Every reason users says no."""

from chassis.problems import Problem


class OneTimeTokenInvalid(Problem):
    """The same for one that is unknown, was used or has expired, so that nobody learns which there were."""

    status = 400
    title = "The token from the letter is not good any more"


class InvalidCredentials(Problem):
    """The same for an unknown address, a wrong password and a closed account, so that it gives none of them away."""

    status = 401
    title = "E-mail address and password do not belong together"


class TokenReused(Problem):
    status = 401
    title = "The refresh token was used before"


class EmailNotVerified(Problem):
    """Only said to whoever knows the password."""

    status = 403
    title = "The e-mail address is not confirmed yet"


class WrongPassword(Problem):
    status = 403
    title = "This is not the current password"


class EmailTaken(Problem):
    status = 409
    title = "There is an account with this e-mail address"


class LastAdmin(Problem):
    status = 409
    title = "Nobody else could govern the accounts"


class StaffAccount(Problem):
    status = 409
    title = "The account belongs to somebody of the shop"


class OpenOrders(Problem):
    status = 409
    title = "Orders are not over yet"


class WeakPassword(Problem):
    status = 422
    title = "The password is too easy to guess"


class AddressLimit(Problem):
    status = 422
    title = "There are as many addresses as one account can have"


class ApiKeyLimit(Problem):
    status = 422
    title = "There are as many API keys as one account can have"


class ContradictingClient(Problem):
    status = 422
    title = "What is said of the program does not go together"
