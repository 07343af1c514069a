import type { FormField, PaperItem, Screen, ServiceCard, View } from '../../main/contracts/view.ts';

/** Sample views of every screen kind and state. The person is invented; the ID number's check digit is right (GB 11643). */

const kinds = ['identify', 'verify-face', 'form', 'review', 'submit', 'print'] as const;
type Step = (typeof kinds)[number];

function service(
  id: string,
  [zh, plain, en]: [string, string, string],
  [summary, summaryEn]: [string, string],
  rest: Pick<ServiceCard, 'icon' | 'minutes'> & Partial<ServiceCard>,
): ServiceCard {
  return {
    id,
    title: { 'zh-CN': zh, en },
    plainTitle: { 'zh-CN': plain, en },
    summary: { 'zh-CN': summary, en: summaryEn },
    worksOffline: false,
    available: { state: 'yes' },
    ...rest,
  };
}

const card = ['只要身份证', 'ID card only'] as [string, string];
const face = ['刷脸即打', 'Face check, printed at once'] as [string, string];

export const services: ServiceCard[] = [
  service('S01', ['社保参保证明', '打社保证明', 'Social-insurance certificate'], face, { icon: 'shield', minutes: 2 }),
  service('S02', ['公积金缴存证明', '打公积金证明', 'Housing-fund certificate'], face, { icon: 'house', minutes: 2 }),
  service('S10', ['敬老优待证', '办老年优待证', 'Senior-citizen card'], card, {
    icon: 'person',
    minutes: 1,
    worksOffline: true,
  }),
  service('S11', ['无犯罪记录证明', '打无犯罪证明', 'No-criminal-record certificate'], face, {
    icon: 'document',
    minutes: 3,
    available: {
      state: 'no',
      problem: { device: 'licence-printer', fault: 'paper-out' },
      elsewhere: { 'zh-CN': '2 号机，左手边', en: 'Machine 2, on the left' },
    },
  }),
  service('S19', ['预约取号', '取号排队', 'Queue ticket'], ['打印排队小票', 'Prints a ticket'], {
    icon: 'ticket',
    minutes: 1,
    worksOffline: true,
  }),
  service('S12', ['医疗费用报销', '报销看病的钱', 'Medical expense claim'], ['准备好发票和病历', 'Have bills ready'], {
    icon: 'medical',
    minutes: 8,
    worksOffline: true,
    available: { state: 'queued-only', problem: 'platform-offline' },
  }),
  service('S20', ['办件进度查询', '查办到哪一步', 'Progress of a case'], card, { icon: 'progress', minutes: 1 }),
  service('S22', ['完税证明', '打交税证明', 'Tax payment certificate'], face, {
    icon: 'money',
    minutes: 2,
    available: { state: 'no', problem: { device: 'camera', fault: 'not-connected' } },
  }),
];

/** As many as a new terminal has. */
const three = [services[0]!, services[2]!, services[4]!];

const base: View = {
  place: {
    name: { 'zh-CN': '龙沙区政务大厅 24 小时自助区', en: 'Longsha Service Hall, 24-hour zone' },
    machine: { 'zh-CN': '3 号机', en: 'Machine 3' },
    helpNumber: '12345',
  },
  language: 'zh-CN',
  mode: 'standard',
  clock: { now: '2026-11-21T13:46:10.000Z', timeZone: 'Asia/Shanghai' },
  network: 'online',
  timeLeft: { ms: 58_000, warning: false },
  screen: { kind: 'attract' },
};

export function viewOf(screen: Screen, changes: Partial<View> = {}): View {
  return { ...base, screen, ...changes };
}

/** A visit whose current step is `at`. */
export function visitAt(at: Step): Pick<View, 'visit'> {
  const now = kinds.indexOf(at);
  return {
    visit: {
      serviceId: 'S01',
      title: { 'zh-CN': '社保参保证明', en: 'Social-insurance certificate' },
      plainTitle: { 'zh-CN': '打社保证明', en: 'Social-insurance certificate' },
      steps: kinds.map((kind, index) => ({
        kind,
        state: index < now ? 'done' : index === now ? 'current' : 'todo',
      })),
    },
  };
}

const identify = (reader: Extract<Screen, { kind: 'identify' }>['reader']): View =>
  viewOf({ kind: 'identify', reader }, visitAt('identify'));

type FaceScreen = Extract<Screen, { kind: 'verify-face' }>;
export const faceView = (changes: Partial<FaceScreen>): View =>
  viewOf(
    { kind: 'verify-face', phase: 'looking', advice: 'come-closer', progress: 0.35, attemptsLeft: 2, ...changes },
    visitAt('verify-face'),
  );

type FieldName = 'years' | 'purpose' | 'delivery' | 'matter' | 'phone' | 'copies' | 'amount';
export const fields: Record<FieldName, FormField> = {
  years: {
    name: 'years',
    title: { 'zh-CN': '要证明最近几年', en: 'How many recent years' },
    required: true,
    control: { kind: 'number', minimum: 1, maximum: 5, unit: { 'zh-CN': '年', en: 'years' } },
    value: 2,
  },
  purpose: {
    name: 'purpose',
    title: { 'zh-CN': '用在什么地方', en: 'What is it for' },
    required: true,
    control: {
      kind: 'choice',
      options: [
        { value: 'loan', title: { 'zh-CN': '贷款买房', en: 'A home loan' } },
        {
          value: 'school',
          title: { 'zh-CN': '孩子上学', en: "A child's school place" },
          detail: { 'zh-CN': '学校会要最近一年的记录', en: 'Schools ask for the last year' },
        },
        { value: 'other', title: { 'zh-CN': '其他', en: 'Something else' } },
      ],
    },
  },
  delivery: {
    name: 'delivery',
    title: { 'zh-CN': '办好的证怎么给您？', en: 'How would you like to get the card?' },
    required: true,
    control: {
      kind: 'choice',
      options: [
        {
          value: 'post',
          title: { 'zh-CN': '邮寄到家', en: 'Post it to me' },
          detail: { 'zh-CN': '寄到身份证上的地址，不收费', en: 'To the address on your ID card, free of charge' },
        },
        {
          value: 'collect',
          title: { 'zh-CN': '自己去街道领', en: 'I will collect it' },
          detail: { 'zh-CN': '带身份证到街道办事处领取', en: 'At the street office, with your ID card' },
        },
      ],
    },
    value: 'post',
  },
  matter: {
    name: 'matter',
    title: { 'zh-CN': '您要到窗口办什么？', en: 'What is your visit about?' },
    required: true,
    control: {
      kind: 'choice',
      options: [
        { value: 'social-insurance', title: { 'zh-CN': '社保、医保', en: 'Social and medical insurance' } },
        { value: 'housing', title: { 'zh-CN': '房产、公积金', en: 'Housing and housing fund' } },
        { value: 'business', title: { 'zh-CN': '开店、办企业', en: 'Shops and companies' } },
        { value: 'residence', title: { 'zh-CN': '户口、居住证', en: 'Household and residence' } },
        { value: 'marriage', title: { 'zh-CN': '结婚、生育', en: 'Marriage and children' } },
        { value: 'other', title: { 'zh-CN': '其他事情', en: 'Something else' } },
      ],
    },
    value: 'housing',
  },
  phone: {
    name: 'phone',
    title: { 'zh-CN': '手机号码', en: 'Mobile number' },
    help: { 'zh-CN': '办好后会发短信告诉您', en: 'You get a message when it is done' },
    required: false,
    control: { kind: 'digits', maxLength: 11, group: [3, 4, 4] },
    value: '139000012',
  },
  copies: {
    name: 'copies',
    title: { 'zh-CN': '打几份', en: 'How many copies' },
    required: true,
    control: { kind: 'number', minimum: 1, maximum: 20, unit: { 'zh-CN': '份', en: 'copies' } },
    value: 2,
  },
  amount: {
    name: 'amount',
    title: { 'zh-CN': '要提取多少', en: 'How much to withdraw' },
    required: true,
    control: { kind: 'number', minimum: 100, maximum: 50_000, unit: { 'zh-CN': '元', en: 'yuan' } },
    value: 1200,
  },
};

/** The form's question `index` of three. */
export function ask(field: FormField, index = 1): View {
  return viewOf({ kind: 'form', fields: [field], position: { index, count: 3 } }, visitAt('form'));
}

/** The same, with a way to put it aside; the warning before the time is over offers it. */
export function savable(view: View, saving: 'possible' | 'offered' = 'offered'): View {
  const { screen } = view;
  if (screen.kind !== 'form' && screen.kind !== 'review') throw new Error('only a form or a review can be put aside');
  return { ...view, screen: { ...screen, saving } };
}

const review: Extract<Screen, { kind: 'review' }> = {
  kind: 'review',
  willQueue: false,
  sections: [
    {
      of: 'service',
      rows: [
        {
          label: { 'zh-CN': '事项', en: 'Service' },
          value: { 'zh-CN': '社保参保证明', en: 'Social-insurance certificate' },
        },
        {
          label: { 'zh-CN': '办理部门', en: 'Department' },
          value: { 'zh-CN': '人力资源和社会保障局', en: 'Human Resources' },
        },
      ],
    },
    {
      of: 'person',
      rows: [
        { label: { 'zh-CN': '姓名', en: 'Name' }, value: { 'zh-CN': '林小河', en: '林小河' } },
        {
          label: { 'zh-CN': '身份证号', en: 'ID number' },
          value: { 'zh-CN': '110105 ******** 002X', en: '110105 ******** 002X' },
        },
      ],
    },
    {
      of: 'form',
      rows: [
        { label: { 'zh-CN': '证明年限', en: 'Years' }, value: { 'zh-CN': '最近 2 年', en: 'last 2 years' } },
        { label: { 'zh-CN': '用途', en: 'Purpose' }, value: { 'zh-CN': '贷款买房', en: 'A home loan' } },
      ],
    },
  ],
};

/** Each answer can be changed by itself. */
const reviewEach: Screen = {
  ...review,
  sections: review.sections.map(({ of, rows }) => ({
    of,
    rows: of === 'form' ? rows.map((row, index) => ({ ...row, field: index === 0 ? 'years' : 'purpose' })) : rows,
  })),
};

const paper = (
  document: PaperItem['document'],
  state: PaperItem['state'],
  problem?: PaperItem['problem'],
): PaperItem => ({
  document,
  copies: 1,
  state,
  ...(problem && { problem }),
});

const print = (...papers: PaperItem[]): View => viewOf({ kind: 'print', papers }, visitAt('print'));

const result: Extract<Screen, { kind: 'result' }> = {
  kind: 'result',
  outcome: 'delivered',
  caseNumber: 'LS 2026 1121 0047',
  papers: [paper('certificate', 'printed'), paper('receipt', 'printed')],
  cardWasUsed: true,
};

const submit = (phase: Extract<Screen, { kind: 'submit' }>['phase'], caseNumber?: string): View =>
  viewOf({ kind: 'submit', phase, ...(caseNumber && { caseNumber }) }, visitAt('submit'));

type SaveDraft = Extract<Screen, { kind: 'save-draft' }>;
const CODE = 'KD7M4XWP';
const keptUntil = '2026-11-28T13:46:10.000Z';
const save = (changes: Partial<SaveDraft>): View =>
  viewOf({ kind: 'save-draft', phase: 'saved', needsCard: true, code: CODE, keptUntil, ...changes }, visitAt('form'));

type Resume = Extract<Screen, { kind: 'resume' }>;
const resume = (changes: Partial<Resume>): View => viewOf({ kind: 'resume', phase: 'code', ...changes });
const found: NonNullable<Resume['found']> = {
  ...{ title: services[2]!.title, plainTitle: services[2]!.plainTitle },
  ...{ savedAt: '2026-11-19T06:12:00.000Z', keptUntil, changed: false, refill: [] },
};
const refused = (refusal: NonNullable<Resume['refusal']>): View => resume({ phase: 'refused', refusal });

const { timeLeft: _none, ...timeless } = base;

export const views = {
  attract: { ...timeless, screen: { kind: 'attract' } },
  'attract-notice': {
    ...timeless,
    screen: { kind: 'attract' },
    notice: {
      'zh-CN': '今晚八点到明天早上六点系统维护，不能办理业务。急着要办的，请到一楼人工窗口，或者拨打 12345 咨询。',
      en: 'No services from 8 tonight to 6 tomorrow morning, for maintenance. Please go to a window on the ground floor.',
    },
  },
  services: viewOf({ kind: 'services', services }),
  'services-offline': viewOf({ kind: 'services', services }, { network: 'offline', offlineCause: 'line' }),
  'services-empty': viewOf({ kind: 'services', services: [] }),
  'services-three': viewOf({ kind: 'services', services: three }),
  'services-three-closed': viewOf({
    kind: 'services',
    services: three.map((each) => ({ ...each, available: services[3]!.available })),
  }),
  'services-four': viewOf({ kind: 'services', services: services.slice(2, 6) }),
  'services-many': viewOf({
    kind: 'services',
    services: [0, 1, 2].flatMap((page) => services.map((each) => ({ ...each, id: `${each.id}-${page}` }))),
  }),
  'identify-waiting': identify('waiting'),
  'identify-reading': identify('reading'),
  'identify-replace-card': identify('replace-card'),
  'identify-offline': identify('offline'),
  'identify-refused': identify('refused'),
  'identify-expired': identify('expired'),
  'face-looking': faceView({}),
  'face-judging': viewOf(
    { kind: 'verify-face', phase: 'looking', progress: 0, attemptsLeft: 3 },
    visitAt('verify-face'),
  ),
  'face-hold-still': faceView({ advice: 'hold-still', progress: 0.8 }),
  'face-advice-longest': faceView({ advice: 'not-live' }),
  'face-blink': faceView({ advice: 'hold-still', challenge: 'blink', act: { number: 1, of: 1 }, progress: 0.6 }),
  'face-turn-left': faceView({
    advice: 'hold-still',
    challenge: 'turn-left',
    act: { number: 1, of: 2 },
    progress: 0.6,
  }),
  'face-turn-right': faceView({
    advice: 'come-closer',
    challenge: 'turn-right',
    act: { number: 2, of: 3 },
    progress: 0.6,
  }),
  'face-open-mouth': faceView({
    advice: 'uncover-mouth',
    challenge: 'open-mouth',
    act: { number: 3, of: 3 },
    progress: 0.6,
  }),
  'face-matched': faceView({ phase: 'matched', progress: 1 }),
  'face-refused': faceView({ phase: 'refused', advice: 'hold-still', attemptsLeft: 2 }),
  'face-refused-for-good': faceView({ phase: 'refused', attemptsLeft: 0 }),
  'face-refused-not-live': faceView({ phase: 'refused', advice: 'not-live', attemptsLeft: 1 }),
  'face-refused-not-done': faceView({ phase: 'refused', challenge: 'turn-left', attemptsLeft: 1 }),
  'face-refused-not-done-for-good': faceView({ phase: 'refused', challenge: 'blink', attemptsLeft: 0 }),
  'face-not-comparable': faceView({ phase: 'not-comparable' }),
  'face-camera-offline': faceView({ phase: 'camera-offline' }),
  'face-check-offline': faceView({ phase: 'face-check-offline' }),
  'without-face': viewOf({ kind: 'without-face' }, visitAt('verify-face')),
  'form-choice': viewOf({ kind: 'form', fields: [fields.years, fields.purpose] }, visitAt('form')),
  'ask-choice': ask(fields.purpose, 0),
  'ask-choice-error': ask({ ...fields.purpose, error: 'required' }, 0),
  'ask-delivery': ask(fields.delivery, 0),
  'ask-many': ask(fields.matter, 1),
  'ask-keys': ask(fields.years, 1),
  'ask-digits': ask(fields.phone, 2),
  'ask-digits-error': ask({ ...fields.phone, required: true, error: 'bad-format' }, 2),
  'ask-amount': ask(fields.amount, 2),
  'ask-stepper': viewOf({ kind: 'form', fields: [fields.copies] }, visitAt('form')),
  'form-errors': viewOf(
    {
      kind: 'form',
      fields: [
        { ...fields.purpose, error: 'required' },
        { ...fields.amount, value: 80, error: 'too-small' },
      ],
    },
    visitAt('form'),
  ),
  review: viewOf(review, visitAt('review')),
  'review-each': viewOf(reviewEach, visitAt('review')),
  'review-queue': viewOf({ ...review, willQueue: true }, { ...visitAt('review'), network: 'offline' }),
  'submit-saving': submit('saving'),
  'submit-sending': submit('sending', 'LS 2026 1121 0047'),
  'submit-slow': submit('slow', 'LS 2026 1121 0047'),
  'submit-not-saved': submit('not-saved'),
  'submit-rejected': submit('rejected', 'LS 2026 1121 0047'),
  'print-busy': print(paper('certificate', 'printing'), paper('receipt', 'waiting')),
  'print-failed': print(
    paper('certificate', 'not-printed', { device: 'licence-printer', fault: 'paper-out' }),
    paper('receipt', 'printed'),
  ),
  'print-unprintable': print(
    paper('certificate', 'not-printed', { device: 'licence-printer', fault: 'invalid-data' }),
    paper('receipt', 'printed'),
  ),
  'print-unknown': print(paper('certificate', 'unknown'), paper('receipt', 'printed')),
  'print-done': print(paper('certificate', 'printed'), paper('receipt', 'printed')),
  'result-delivered': viewOf(result, { ...visitAt('print'), timeLeft: { ms: 30_000, warning: false } }),
  'result-queued': viewOf(
    {
      ...result,
      outcome: 'queued',
      papers: [paper('receipt', 'printed')],
      ticketNumber: 'A 017',
      rating: 5,
    },
    { ...visitAt('print'), network: 'offline' },
  ),
  'ask-savable': savable(ask(fields.delivery, 0)),
  'ask-many-savable': savable(ask(fields.matter, 1)),
  'ask-digits-savable': savable(ask(fields.phone, 2)),
  'review-savable': savable(viewOf(reviewEach, visitAt('review'))),
  'save-saving': viewOf({ kind: 'save-draft', phase: 'saving', needsCard: true }, visitAt('form')),
  'save-not-saved': viewOf({ kind: 'save-draft', phase: 'not-saved', needsCard: true }, visitAt('form')),
  'save-printing': save({ phase: 'printing' }),
  'save-printed': save({ slip: { state: 'printed' } }),
  'save-unprinted': save({
    slip: { state: 'not-printed', problem: { device: 'receipt-printer', fault: 'paper-out' } },
  }),
  'save-unknown': save({ slip: { state: 'unknown' } }),
  'save-without-card': save({ slip: { state: 'printed' }, needsCard: false }),
  'resume-code': resume({}),
  'resume-code-scanner': resume({ scanner: true }),
  'resume-asking': resume({ phase: 'asking' }),
  'resume-removing': resume({ phase: 'removing' }),
  'resume-found': resume({ phase: 'found', found }),
  'resume-changed': resume({ phase: 'found', found: { ...found, changed: true } }),
  'resume-refill': resume({
    phase: 'found',
    found: { ...found, changed: true, refill: [fields.phone.title, fields.purpose.title] },
  }),
  'resume-not-found': refused('not-found'),
  'resume-in-use': refused('in-use'),
  'resume-submitted': refused('submitted'),
  'resume-unreachable': refused('unreachable'),
  'resume-paused': refused('paused'),
  'resume-not-here': refused('not-here'),
  'time-warning-savable': {
    ...savable(viewOf({ kind: 'form', fields: [fields.years] }, visitAt('form'))),
    timeLeft: { ms: 20_000, warning: true },
  },
  ending: { ...timeless, screen: { kind: 'ending' } },
  'out-of-service': { ...timeless, screen: { kind: 'out-of-service', problem: 'storage-full' } },
  'out-of-service-recovering': { ...timeless, screen: { kind: 'out-of-service', problem: 'terminal-recovering' } },
  'time-warning': viewOf(
    { kind: 'form', fields: [fields.years] },
    { ...visitAt('form'), timeLeft: { ms: 20_000, warning: true } },
  ),
} satisfies Record<string, View>;

export type ViewName = keyof typeof views;
