"""The signature of the webhook, as Standard Webhooks 1.0 says."""

import pytest

from cases.outbox.signature import headers, secret_bytes, signature
from tests.cases.outbox.receiver import KEY

pytestmark = pytest.mark.both_records


def test_the_signature_is_that_of_the_specification() -> None:
    # The example of the reference libraries (svix/standard-webhooks).
    body = b'{"test": 2432232314}'
    signed = signature(KEY, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body)
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert dict(headers(KEY, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body)) == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": signed,
    }


@pytest.mark.parametrize(
    "secret",
    ["", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_x", "whsec_MfKQ9r8GKYqrTwjU", "whsec_-_-_",
     "whsec_" + "A" * 88],
)  # fmt: skip
def test_a_secret_of_another_form_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match="must be"):
        secret_bytes(secret)
