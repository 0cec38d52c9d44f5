"""Only push services are called, whatever address a browser, or somebody who says to be one, hands over."""

import base64

import pytest

from gateway.domain.pushes import NotSubscribable, Subscription, checked, is_service
from gateway.settings import PUSH_SERVICES

KEY = base64.urlsafe_b64encode(bytes(65)).decode().rstrip("=")
SECRET = base64.urlsafe_b64encode(bytes(16)).decode().rstrip("=")


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc:def",
        "https://updates.push.services.mozilla.com/wpush/v2/abc",
        "https://web.push.apple.com/abc",
        "https://wns2-par02p.notify.windows.com/w/?token=abc",
    ],
)
def test_the_services_of_todays_browsers_are_known(endpoint: str) -> None:
    assert checked(Subscription(endpoint, KEY, SECRET), PUSH_SERVICES).handle.isalnum()


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/x",
        "https://fcm.googleapis.com:8443/x",
        "https://fcm.googleapis.com@169.254.169.254/x",
        "https://169.254.169.254/latest/meta-data",
        "https://fcm.googleapis.com.evil.example/x",
        "https://evilpush.apple.com/x",
        "https://push.apple.com.evil.example/x",
        "https://[::1/x",
        "https://fcm.googleapis.com/" + "x" * 1000,
        "file:///etc/passwd",
        "",
    ],
)
def test_no_other_address_is_called(endpoint: str) -> None:
    assert not is_service(endpoint, PUSH_SERVICES)
    with pytest.raises(NotSubscribable):
        checked(Subscription(endpoint, KEY, SECRET), PUSH_SERVICES)


@pytest.mark.parametrize(("key", "secret"), [(KEY[:-4], SECRET), (KEY, SECRET[:-4]), ("!" * 87, SECRET), (KEY, "")])
def test_half_a_key_is_refused(key: str, secret: str) -> None:
    with pytest.raises(NotSubscribable, match="keys"):
        checked(Subscription("https://fcm.googleapis.com/x", key, secret), PUSH_SERVICES)
