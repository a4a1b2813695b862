import { qualityEn } from './quality.en'
import type { sharedZh } from './shared.zh'
import type { Translation } from './translator'

export const sharedEn: Translation<typeof sharedZh> = {
  devices: {
    title: 'Choose devices',
    microphone: 'Microphone',
    camera: 'Camera',
    speaker: 'Speaker',
    unnamed: '{device} {number}',
    system: 'System default',
    noSpeaker: 'On this device the system decides where sound comes out; its volume settings can change it.',
    none: 'None found',
    kept: 'Your choice is kept in this browser.',
    cannotOpen: 'This device cannot be opened; the first one is back.',
    problem: {
      microphone: {
        denied: 'The browser did not allow the microphone: you are not heard',
        none: 'No microphone found, so you are not heard. It opens by itself once plugged in',
        in_use: 'Another program uses the microphone. Close it, then turn the microphone on',
      },
      camera: {
        denied: 'The browser did not allow the camera: the call goes on by voice',
        none: 'No camera found: the call goes on by voice. It opens by itself once plugged in',
        in_use: 'Another program uses the camera: the call goes on by voice. Close it, then turn the camera on',
      },
    },
    interrupted: {
      microphone: 'The system or another program paused the microphone: you are not heard for now',
      camera: 'The system or another program paused the camera: you are not seen for now',
    },
    notice: {
      microphone: {
        replaced: 'The microphone was unplugged; now using {label}',
        lost: 'The microphone was unplugged, and there is no other one',
        back: 'The microphone is back: you are heard again',
      },
      camera: {
        replaced: 'The camera was unplugged; now using {label}',
        lost: 'The camera was unplugged: the call goes on by voice',
        back: 'The camera is back: you are seen again',
      },
      another: 'another one',
    },
    how: 'How to allow it',
    advice: {
      title: 'How to allow camera and microphone',
      wechat: {
        1: 'In the phone’s settings, find WeChat and turn on Camera and Microphone.',
        2: 'Back in WeChat, close this page, open it again, and allow it when asked.',
        3: 'If that does not help, tap “…” at the top right and open the page in the browser.',
      },
      ios: {
        1: 'Tap the icon left of the address, open the website settings, and allow camera and microphone.',
        2: 'If it is not there, open the phone’s settings, find this browser, and turn on Camera and Microphone.',
        3: 'Come back here and reload the page.',
      },
      android: {
        1: 'Tap the icon left of the address, open the permissions, and allow camera and microphone.',
        2: 'If it is not there, open Apps in the phone’s settings, find this browser, and allow both.',
        3: 'Come back here and reload the page.',
      },
      desktop: {
        1: 'Click the icon left of the address, and allow camera and microphone.',
        2: 'If it is not there, allow this browser to use both in the computer’s privacy settings.',
        3: 'Come back here and reload the page; the call connects again by itself.',
      },
    },
  },
  screen: {
    share: 'Share screen',
    stop: 'Stop sharing',
    own: 'You are sharing your screen: they see it instead of you',
    peer: 'They are sharing their screen',
    failed: 'The system did not share the screen. Please try again.',
  },
  quality: qualityEn,
  check: {
    title: 'Check before the call',
    level: 'Microphone level',
    speak: 'Say something, and the green bar should move',
    heard: 'You were heard',
    opening: 'Opening the camera',
    seen: 'The picture is fine. Keep your face in the middle, with light from the front',
    again: 'Check again',
    sound: {
      title: 'Sound',
      play: 'Play a test tone',
      playing: 'Playing',
      question: 'Did you hear three notes?',
      yes: 'I heard them',
      no: 'I did not',
      open: 'Play a test tone to see whether you hear it',
      good: 'The sound is fine',
      bad: 'Turn the volume up and mute off. If you use a headset, check that it is plugged in, or choose another speaker below',
    },
    network: {
      title: 'Network',
      trying: 'Trying the network',
      good: 'The network is fine, round trip {ms} ms',
      slow: 'The network is slow, round trip {ms} ms. Move closer to the router, or use another network',
      unreachable: 'The service cannot be reached. Please check whether you are offline',
      relayed: 'The network is fine. Video and sound go through a relay, round trip {ms} ms',
      no_video: 'This browser cannot send pictures and sound. Please use another browser, or ask who runs the network',
      blocked: 'The service answers, but this network blocks pictures and sound. Please use mobile data or another Wi-Fi, and check again',
      untried: 'Pictures and sound could not be tried just now. Please check again in a moment',
    },
    summary: {
      good: 'Everything works. You can wait for your call',
      open: 'Some checks are still open: follow the hints above',
      bad: '{count} thing needs your attention: follow the hints above | {count} things need your attention: follow the hints above',
    },
  },
  moved: {
    title: 'The call is open on another page',
    body: 'It can be on one page at a time.',
    here: 'Continue here',
  },
  development: 'Development check',
}
