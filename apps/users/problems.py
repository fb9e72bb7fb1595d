"""Every reason users says no."""

from chassis.problems import Problem


class EmailTaken(Problem):
    status = 409
    title = "There is an account with this e-mail address"


class WeakPassword(Problem):
    status = 422
    title = "The password is too easy to guess"


class InvalidCredentials(Problem):
    """The same for an unknown address, a wrong password and a closed account, so that it gives none of them away."""

    status = 401
    title = "E-mail address and password do not belong together"


class TokenReused(Problem):
    status = 401
    title = "The refresh token was used before"
