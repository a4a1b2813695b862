/** What every page can say, the very first one too. */
export const firstZh = {
  name: '税通',
  slogan: '视频办税，不用跑大厅',
  language: { switch: 'English', name: '中文' },
  back: '返回',
  close: '关闭',
  retry: '再试一次',
  submitting: '正在提交',
  connection: {
    lost: '网络断开，正在重连',
    attempt: '第 {count} 次',
    restored: '网络已恢复',
  },
  network: {
    offline: '网络断开了，内容都还在。连上后再点一次。',
    timeout: '等了很久没有回应，内容都还在。请再点一次。',
    unreadable: '服务暂时没有回应，内容都还在。请稍后再点一次。',
  },
}
