import type { Language } from '../document/document.ts';

/** The few words that the layout itself puts on paper. */
export interface Wording {
  serial(serial: string): string;
  page(page: number, pages: number): string;
  /** `date` is `YYYY-MM-DD`. */
  date(date: string): string;
  /** Above the address, which the note may speak of: not every telephone opens what it reads. */
  readonly address: string;
  readonly seal: string;
  readonly validUntil: string;
  /** Across what is shown on a screen. */
  readonly preview: string;
}

const months = 'January February March April May June July August September October November December'.split(' ');

export const wordings: Record<Language, Wording> = {
  'zh-CN': {
    serial: (serial) => `证明编号：${serial}`,
    page: (page, pages) => `第 ${page} 页　共 ${pages} 页`,
    date: (date) => {
      const [year, month, day] = date.split('-').map(Number);
      return `${year}年${month}月${day}日`;
    },
    address: '查验网址：',
    seal: '电子印章',
    validUntil: '有效期至',
    preview: '预览件　无效',
  },
  en: {
    serial: (serial) => `Certificate No. ${serial}`,
    page: (page, pages) => `Page ${page} of ${pages}`,
    date: (date) => {
      const [year, month = 1, day] = date.split('-').map(Number);
      return `${day} ${months[month - 1]} ${year}`;
    },
    address: 'Verify at:',
    seal: 'ELECTRONIC SEAL',
    validUntil: 'Valid until',
    preview: 'PREVIEW – NOT VALID',
  },
};
