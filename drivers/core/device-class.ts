/** What a terminal can be fitted with. The camera is not among them: it hangs on the page. */
export const deviceClasses = [
  'id-card-reader',
  'barcode-scanner',
  'document-scanner',
  'social-card-reader',
  'receipt-printer',
  'licence-printer',
  'cabinet',
  'ups',
] as const;
export type DeviceClass = (typeof deviceClasses)[number];
