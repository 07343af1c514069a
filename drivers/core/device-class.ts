/**
 * What a terminal can be fitted with, and what a resident calls it in the middle of a sentence: configurations, contracts and
 * the page all have it from here. The camera is not among them: it hangs on the page.
 */
export const deviceClassNames = {
  'id-card-reader': { 'zh-CN': '身份证读卡器', en: 'ID card reader' },
  'barcode-scanner': { 'zh-CN': '扫码器', en: 'code scanner' },
  'document-scanner': { 'zh-CN': '扫描仪', en: 'document scanner' },
  'social-card-reader': { 'zh-CN': '社保卡读卡器', en: 'social security card reader' },
  'receipt-printer': { 'zh-CN': '小票打印机', en: 'receipt printer' },
  'licence-printer': { 'zh-CN': '证明打印机', en: 'certificate printer' },
  cabinet: { 'zh-CN': '机柜', en: 'cabinet' },
  ups: { 'zh-CN': '备用电源', en: 'backup power' },
} as const;
export type DeviceClass = keyof typeof deviceClassNames;
export const deviceClasses = Object.keys(deviceClassNames) as DeviceClass[];
