/** What the phone's own parts say: binding of tickets on paper, being called, video that is asked for, a newer version. */
export { phoneEn } from './phone.en'
export { phoneZh } from './phone.zh'
