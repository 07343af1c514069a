import type { Receipt, ReceiptBlock } from '../../printers/document/document.ts';
import type { Language, LocalText } from '../contracts/common.ts';
import type { ServiceFile } from './service-file.ts';
import { answerRows, maskNumber } from './view.ts';
import type { VisitContext } from './visit-context.ts';

/** What a receipt says about the terminal itself. */
export interface ReceiptPlace {
  readonly name: LocalText;
  readonly machine: LocalText;
  readonly helpNumber: string;
  readonly timeZone: string;
  /** The case number is appended; a phone that scans it shows the progress. */
  readonly progressUrl: string;
}

const DAY_MS = 86_400_000;

/** Until when a resident is told that the case will have arrived; the technician's countdown is the same. ms since 1970. */
export function deliverByMs(acceptedAt: string, { deliverWithinDays }: Pick<ServiceFile, 'deliverWithinDays'>): number {
  return Date.parse(acceptedAt) + deliverWithinDays * DAY_MS;
}

/** The slip that a resident takes away: what was accepted, its number, and what happens next. */
export function caseReceipt(context: VisitContext, place: ReceiptPlace): Receipt {
  const { service, identity, case: accepted, language } = context;
  if (!service || !accepted?.caseNumber) throw new Error('A receipt is printed for an accepted case.');
  const say = TEXTS[language];
  const at = (instant: number): string => dateTime(instant, place.timeZone);
  const acceptedAt = Date.parse(accepted.acceptedAt);
  const { ticketNumber, caseNumber } = accepted;
  const rows = [
    { label: say.service, value: service.title[language] },
    ...(identity ? [{ label: say.idNumber, value: maskNumber(identity.card.idNumber) }] : []),
    ...answerRows(context).map(({ label, value }) => ({
      label: label[language].replace(/[？?：:]$/u, ''),
      value: value[language],
    })),
    ...(ticketNumber ? [{ label: say.caseNumber, value: caseNumber }] : []),
    { label: say.acceptedAt, value: at(acceptedAt) },
    { label: say.machine, value: `${place.name[language]} ${place.machine[language]}` },
  ];
  const blocks: ReceiptBlock[] = [
    { type: 'title', text: ticketNumber ? say.ticketTitle : say.title },
    { type: 'subtitle', text: place.name[language] },
    { type: 'rule' },
    { type: 'text', text: ticketNumber ? say.yourTicket : say.yourNumber, align: 'center' },
    { type: 'number', text: ticketNumber ?? caseNumber },
    { type: 'rule' },
    { type: 'fields', rows },
    { type: 'rule' },
    ...(accepted.delivered
      ? [{ type: 'text' as const, text: ticketNumber ? say.waitForCall : say.delivered }]
      : [
          { type: 'text' as const, text: say.queued, strong: true },
          {
            type: 'text' as const,
            text: say.callBy(at(deliverByMs(accepted.acceptedAt, service)), place.helpNumber),
          },
        ]),
    { type: 'qr', data: place.progressUrl + encodeURIComponent(caseNumber), caption: say.scan },
    { type: 'text', text: say.help(place.helpNumber), align: 'center' },
  ];
  return { kind: 'receipt', language, blocks };
}

/** `2026-11-21 16:30`, by the clock on the wall. */
export function dateTime(instant: number, timeZone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(instant);
}

const TEXTS: Record<Language, ReceiptTexts> = {
  'zh-CN': {
    title: '受理回执',
    ticketTitle: '排队取号单',
    yourNumber: '您的办件编号',
    yourTicket: '您的排队号',
    service: '办理事项',
    idNumber: '证件号码',
    caseNumber: '办件编号',
    acceptedAt: '受理时间',
    machine: '受理地点',
    delivered: '已提交成功，请保管好这张回执。',
    waitForCall: '请留意大厅屏幕和叫号。',
    queued: '已经受理，等待发送。网络恢复后会自动提交，您不用再来。',
    callBy: (deadline, help) => `如果到 ${deadline} 还没有收到结果，请拨打 ${help}，报上面的编号。`,
    scan: '手机扫一扫，查看办理进度',
    help: (number) => `咨询求助 ${number}`,
  },
  en: {
    title: 'Receipt',
    ticketTitle: 'Queue ticket',
    yourNumber: 'Your case number',
    yourTicket: 'Your ticket',
    service: 'Service',
    idNumber: 'ID number',
    caseNumber: 'Case number',
    acceptedAt: 'Accepted',
    machine: 'Place',
    delivered: 'Submitted. Please keep this receipt.',
    waitForCall: 'Please watch the screens in the hall.',
    queued: 'Accepted, and waiting to be sent. It goes out by itself when the network is back; you need not return.',
    callBy: (deadline, help) => `If you have heard nothing by ${deadline}, call ${help} and give the number above.`,
    scan: 'Scan to follow your case',
    help: (number) => `Help: ${number}`,
  },
};

interface ReceiptTexts {
  readonly title: string;
  readonly ticketTitle: string;
  readonly yourNumber: string;
  readonly yourTicket: string;
  readonly service: string;
  readonly idNumber: string;
  readonly caseNumber: string;
  readonly acceptedAt: string;
  readonly machine: string;
  readonly delivered: string;
  readonly waitForCall: string;
  readonly queued: string;
  readonly callBy: (deadline: string, helpNumber: string) => string;
  readonly scan: string;
  readonly help: (number: string) => string;
}
