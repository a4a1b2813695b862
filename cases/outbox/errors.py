"""What the inbox and the deliveries refuse."""

from cases.errors import CaseworkError


class NotificationUnknown(CaseworkError):
    """No such notification of this person."""

    code = "notification_unknown"


class DeliveryUnknown(CaseworkError):
    """No such delivery."""

    code = "delivery_unknown"


class DeliveryNotParked(CaseworkError):
    """It is delivered, or still being tried."""

    code = "delivery_not_parked"
