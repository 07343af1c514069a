import type { Receipt } from '../../printers/document/document.ts';
import type { Language } from '../contracts/common.ts';
import { groupedDraftCode } from '../contracts/draft-code.ts';
import { dateTime, type ReceiptPlace } from './receipt.ts';
import { maskNumber } from './view.ts';
import type { VisitContext } from './visit-context.ts';

/** The slip of an application that was put aside: the code, what it is for, and where and until when it can be continued. */
export function draftReceipt(context: VisitContext, place: ReceiptPlace): Receipt {
  const { service, identity, draft, language } = context;
  if (!service || !draft) throw new Error('A slip is printed for an application that was put aside.');
  const say = TEXTS[language];
  const keptUntil = dateTime(Date.parse(draft.keptUntil), place.timeZone);
  const code = groupedDraftCode(draft.code);
  return {
    kind: 'receipt',
    language,
    blocks: [
      { type: 'title', text: say.title },
      { type: 'subtitle', text: place.name[language] },
      { type: 'rule' },
      { type: 'text', text: say.yourCode, align: 'center' },
      { type: 'number', text: code },
      { type: 'qr', data: code },
      { type: 'text', text: say.notSubmitted, strong: true, align: 'center' },
      { type: 'rule' },
      {
        type: 'fields',
        rows: [
          { label: say.service, value: service.title[language] },
          ...(identity ? [{ label: say.idNumber, value: maskNumber(identity.card.idNumber) }] : []),
          { label: say.savedAt, value: dateTime(Date.parse(draft.savedAt), place.timeZone) },
          { label: say.keptUntil, value: keptUntil },
          { label: say.machine, value: `${place.name[language]} ${place.machine[language]}` },
        ],
      },
      { type: 'rule' },
      { type: 'text', text: identity ? say.howWithCard : say.how },
      { type: 'text', text: say.offline },
      { type: 'text', text: say.after(keptUntil) },
      { type: 'text', text: say.help(place.helpNumber), align: 'center' },
    ],
  };
}

const TEXTS: Record<Language, SlipTexts> = {
  'zh-CN': {
    title: '暂存凭条',
    yourCode: '继续办理的号码',
    notSubmitted: '还没有提交，请记得回来办完',
    service: '没办完的事',
    idNumber: '证件号码',
    savedAt: '保存时间',
    keptUntil: '保留到',
    machine: '保存地点',
    howWithCard: '在任何一台自助终端，点“继续上次没办完的事”，输入上面的号码，再放上您本人的身份证。',
    how: '在任何一台自助终端，点“继续上次没办完的事”，输入上面的号码。',
    offline: '如果那台机器连不上网络，请回到保存的这一台。',
    after: (keptUntil) => `过了 ${keptUntil} 没有办完，保存的内容自动删除。`,
    help: (number) => `咨询求助 ${number}`,
  },
  en: {
    title: 'Saved for later',
    yourCode: 'Your code to continue',
    notSubmitted: 'Not submitted yet: please come back to finish',
    service: 'Not finished',
    idNumber: 'ID number',
    savedAt: 'Saved',
    keptUntil: 'Kept until',
    machine: 'Saved at',
    howWithCard:
      'At any terminal, touch "Continue a saved application", type the code above, and lay down your own ID card.',
    how: 'At any terminal, touch "Continue a saved application" and type the code above.',
    offline: 'If that terminal has no network, please come back to this one.',
    after: (keptUntil) => `What is not finished by ${keptUntil} is deleted.`,
    help: (number) => `Help: ${number}`,
  },
};

interface SlipTexts {
  readonly title: string;
  readonly yourCode: string;
  readonly notSubmitted: string;
  readonly service: string;
  readonly idNumber: string;
  readonly savedAt: string;
  readonly keptUntil: string;
  readonly machine: string;
  readonly howWithCard: string;
  readonly how: string;
  readonly offline: string;
  readonly after: (keptUntil: string) => string;
  readonly help: (number: string) => string;
}
