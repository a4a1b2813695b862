import { firstZh } from '@/shared/i18n/first.zh'

/** What the first page of all says, with what every page can say. */
export const loginZh = {
  shared: firstZh,
  login: {
    title: '先确认是您本人',
    lead: '填好证件，再做一次人脸核对，就能登录。',
    type: '证件类型',
    name: '姓名',
    number: '证件号码',
    length: '{count} 位',
    consent: '我同意用人脸照片核对身份',
    consentDetails: '查看说明',
    consentNeeded: '请先勾选同意，再点下一步。',
    next: '下一步，人脸识别',
    hall: '不方便用摄像头？可以带证件到办税服务厅办理。',
    safe: '证件号码加密传输，只用于办税',
    types: {
      id_cn: '居民身份证',
      prc_hkmo: '港澳居民居住证',
      prc_tw: '台湾居民居住证',
      hkmo_pass: '港澳居民来往内地通行证',
      tw_pass: '台湾居民来往大陆通行证',
      passport: '外国护照',
      fpr_new: '外国人永久居留身份证（新版）',
      fpr_old: '外国人永久居留证（旧版）',
    },
    fault: {
      certificate_format: '号码格式不对，请对照证件检查。',
      certificate_length: '号码位数不对，请检查有没有漏填或多填。',
      certificate_birthday: '号码里的出生日期不存在，请检查有没有抄错。',
      certificate_checksum: '最后一位对不上，请检查有没有抄错。',
      name_invalid: '姓名请与证件上的一致。',
      name_empty: '请填写姓名。',
      number_empty: '请填写证件号码。',
    },
    right: '填写正确',
    details: {
      title: '人脸照片怎么用',
      body: '登录时拍下的人脸照片只用于与证件核对，核对后不留存。不同意的，可以带证件到办税服务厅办理，不影响您的任何权利。',
      close: '知道了',
    },
    face: {
      title: '人脸识别',
      lead: '{name}，还差一步就能登录。',
      development: '开发环境核验',
      note: '这里没有接入人脸识别：点下面的按钮就当作核对通过。只用于开发和演示，正式环境没有这一步。',
      pass: '核验通过，登录',
      back: '返回修改证件',
    },
    ended: {
      signed_out: '您已退出登录。',
      expired: '登录已过期，请重新登录。填好的内容都还在。',
    },
  },
}
