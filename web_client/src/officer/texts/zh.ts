export const zh = {
  title: '税通 · 税务人员',
}
