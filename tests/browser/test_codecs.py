"""A phone that only has H264: both sides send that, and nothing else."""

from collections.abc import Callable
from typing import Final

import pytest

from tests.browser.conftest import People, StartServer
from tests.browser.server_process import ServerProcess
from tests.browser.test_firefox import RECEIVED_CODECS, SEEN

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

# As an old iPhone answers: of the offered codecs of the picture it takes H264 alone.
ONLY_H264: Final = """
const answer = RTCPeerConnection.prototype.createAnswer
RTCPeerConnection.prototype.createAnswer = function (...options) {
  const taken = RTCRtpReceiver.getCapabilities('video').codecs
    .filter((codec) => ['video/H264', 'video/rtx'].includes(codec.mimeType))
  const video = this.getTransceivers().filter((one) => one.receiver.track.kind === 'video')
  for (const one of video) one.setCodecPreferences(taken)
  return answer.apply(this, options)
}
"""


@pytest.mark.feature("S27")
async def test_a_phone_without_vp8_has_a_call_in_h264(
    start_server: StartServer, people_at: Callable[[ServerProcess], People]
) -> None:
    server = await start_server()
    people = people_at(server)
    taxpayer = await people.taxpayer(0)
    await taxpayer.context.add_init_script(ONLY_H264)
    await taxpayer.page.reload()
    await taxpayer.take_ticket("A")
    officer = await people.officer("A")
    await officer.call_next()
    await taxpayer.is_called()
    await taxpayer.confirm()
    for side in (taxpayer, officer):
        await side.is_in_call()
        await side.frames_grow(by=SEEN)
        assert set(await side.page.evaluate(RECEIVED_CODECS)) == {"video/H264", "audio/opus"}
    await taxpayer.hears(something=True)
