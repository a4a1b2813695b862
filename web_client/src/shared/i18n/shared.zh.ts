import { qualityZh } from './quality.zh'

/** What both kinds of pages say of devices and calls; what every page can say is `first.zh.ts`. */
export const sharedZh = {
  devices: {
    title: '选择设备',
    microphone: '麦克风',
    camera: '摄像头',
    speaker: '扬声器',
    unnamed: '{device} {number}',
    system: '跟随系统',
    noSpeaker: '这台设备的声音出口由系统决定，可以在系统音量里切换。',
    none: '没有找到',
    kept: '选好的设备会记在这个浏览器里。',
    cannotOpen: '这个设备打不开，已回到原来的。',
    problem: {
      microphone: {
        denied: '浏览器没有允许用麦克风，对方听不到您',
        none: '没有找到麦克风，对方听不到您；接上后会自动打开',
        in_use: '麦克风正被别的程序占用，请关掉那个程序再打开麦克风',
      },
      camera: {
        denied: '浏览器没有允许用摄像头，先用语音通话',
        none: '没有找到摄像头，先用语音通话；接上后会自动打开',
        in_use: '摄像头正被别的程序占用，先用语音通话；关掉那个程序再打开摄像头',
      },
    },
    interrupted: {
      microphone: '麦克风被系统或别的程序暂停，对方暂时听不到您',
      camera: '摄像头被系统或别的程序暂停，对方暂时看不到您',
    },
    notice: {
      microphone: {
        replaced: '麦克风断开了，已换成{label}',
        lost: '麦克风断开了，没有别的可用',
        back: '麦克风已接上，对方能听到您了',
      },
      camera: {
        replaced: '摄像头断开了，已换成{label}',
        lost: '摄像头断开了，先用语音通话',
        back: '摄像头已接上，对方能看到您了',
      },
      another: '另一个',
    },
    how: '怎么打开',
    advice: {
      title: '怎么允许使用摄像头和麦克风',
      wechat: {
        1: '手机“设置”里找到微信，打开“相机”和“麦克风”。',
        2: '回到微信，关掉这个页面重新打开，弹出询问时点“允许”。',
        3: '还不行：点右上角“…”，选“在浏览器打开”。',
      },
      ios: {
        1: '点地址栏左边的图标，进“网站设置”，相机和麦克风选“允许”。',
        2: '没有这一项：打开手机“设置”，找到这个浏览器，打开“相机”和“麦克风”。',
        3: '回到这里，刷新页面。',
      },
      android: {
        1: '点地址栏左边的图标，进“权限”，允许相机和麦克风。',
        2: '没有这一项：打开手机“设置”里的“应用”，找到这个浏览器，打开相机和麦克风权限。',
        3: '回到这里，刷新页面。',
      },
      desktop: {
        1: '点地址栏左边的图标，摄像头和麦克风都选“允许”。',
        2: '没有这一项：在电脑的隐私设置里，允许这个浏览器使用摄像头和麦克风。',
        3: '回到这里，刷新页面；通话会自动接回。',
      },
    },
  },
  screen: {
    share: '共享屏幕',
    stop: '停止共享',
    own: '您正在共享屏幕，对方看到的是您的屏幕',
    peer: '对方正在共享屏幕',
    failed: '系统没有让共享屏幕，请再试一次',
  },
  quality: qualityZh,
  check: {
    title: '通话前检查',
    level: '麦克风音量',
    speak: '说句话，绿条会跟着动',
    heard: '听到您的声音了',
    opening: '正在打开摄像头',
    seen: '画面正常，请让脸在画面中间，光线从前面来',
    again: '再查一次',
    sound: {
      title: '声音',
      play: '播放测试音',
      playing: '正在播放',
      question: '听到三个音了吗？',
      yes: '听到了',
      no: '没听到',
      open: '放一段测试音，听听能不能听到',
      good: '声音正常',
      bad: '请把音量调大，关掉静音；戴着耳机就看看耳机有没有接好，或在下面换一个扬声器',
    },
    network: {
      title: '网络',
      trying: '正在测网络',
      good: '网络正常，来回 {ms} 毫秒',
      slow: '网络偏慢，来回 {ms} 毫秒；请离路由器近一点，或换一个网络',
      unreachable: '连不上服务，请看看网络有没有断开',
      no_video: '这个浏览器不能传画面和声音，请换一个浏览器打开，或问问管网络的人',
    },
    summary: {
      good: '都正常，可以放心等叫号',
      open: '还有没查完的，照着提示试一试',
      bad: '有 {count} 处要处理，照着提示做一做',
    },
  },
  moved: {
    title: '视频已在另一个页面打开',
    body: '同一时间只能在一个页面视频。',
    here: '在这里继续',
  },
  development: '开发环境核验',
}
