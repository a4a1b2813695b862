"""What a conversation refuses."""

from cases.errors import CaseworkError


class ConversationNotBegun(CaseworkError):
    """The case is a draft: nobody has it yet to talk about."""

    code = "conversation_not_begun"


class MessageEmpty(CaseworkError):
    """Neither a text nor a picture."""

    code = "message_empty"


class TooManyMessages(CaseworkError):
    """One side sent as much as is taken in a while; ``retry_after_ms`` until the next one."""

    code = "too_many_messages"

    def __init__(self, retry_after_ms: int) -> None:
        super().__init__(f"again in {retry_after_ms} ms")
        self.retry_after_ms = retry_after_ms


class QuickReplyUnknown(CaseworkError):
    """No such quick reply of the officer or the hall."""

    code = "quick_reply_unknown"


class TooManyQuickReplies(CaseworkError):
    """As many as are kept, of the hall or of the officer."""

    code = "too_many_quick_replies"
