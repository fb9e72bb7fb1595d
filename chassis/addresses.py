"""Where people live and what is sent to them goes, in any country."""

from chassis.serializers import Code, Strict, Text


class PostalAddress(Strict):
    """What every postal address has. Only its form is checked: people know best where they live."""

    recipient = Text(max_length=200)
    company = Text(max_length=200, allow_blank=True, default="")
    line1 = Text(max_length=200)
    line2 = Text(max_length=200, allow_blank=True, default="")
    city = Text(max_length=100)
    region = Text(max_length=100, allow_blank=True, default="")
    postal_code = Text(max_length=20, allow_blank=True, default="")
    country = Code("[A-Z]{2}", longest=2)
    phone = Code(r"\+[1-9][0-9]{1,14}", longest=16, allow_null=True, default=None)
