import { z } from 'zod';
import { deviceClasses, deviceClassNames } from '../../drivers/core/device-class.ts';
import { type DeviceErrorCode, deviceErrorCodes } from '../../drivers/core/errors.ts';
import type { Language, LocalText } from './common.ts';

/** What a service may need: everything that a driver serves, and the camera, which hangs on the page. */
export const kioskDevices = ['camera', ...deviceClasses] as const;
export type KioskDevice = (typeof kioskDevices)[number];

const names: Readonly<Record<KioskDevice, LocalText>> = {
  camera: { 'zh-CN': '摄像头', en: 'camera' },
  ...deviceClassNames,
};
/** What the page calls each of them. */
export function deviceNames(language: Language): Readonly<Record<KioskDevice, string>> {
  const inLanguage = kioskDevices.map((device) => [device, names[device][language]] as const);
  return Object.fromEntries(inLanguage) as Record<KioskDevice, string>;
}

/** A device that cannot serve, and why. The page makes a sentence of it, `kioskctl` an advice. */
export const deviceFault = z.object({ device: z.enum(kioskDevices), fault: z.enum(deviceErrorCodes) });
export type DeviceFault = z.infer<typeof deviceFault>;

/**
 * Who can end a fault. `software`: it may go by itself, or with a reset. `person`: whoever stands there with paper or a key.
 * `technician`: something is set up or built wrongly. `nobody`: it is about one card or one command, not about the device.
 */
export type Repair = 'software' | 'person' | 'technician' | 'nobody';

interface Fault {
  readonly repair: Repair;
  /** For technicians. */
  readonly what: LocalText;
  readonly next: LocalText;
}

/** Each code of a device with what it means and what to do next. What the resident reads stands in the page's own texts. */
export const faults: Readonly<Record<DeviceErrorCode, Fault>> = {
  'not-connected': {
    repair: 'software',
    what: { 'zh-CN': '没有连上', en: 'not connected' },
    next: {
      'zh-CN': '检查电源和线缆，看端口是不是换了；用 kioskctl device ID reset 再试一次。',
      en: 'Check power and cable, and whether the port has changed; then kioskctl device ID reset.',
    },
  },
  timeout: {
    repair: 'software',
    what: { 'zh-CN': '有连接，没有应答', en: 'connected, but it does not answer' },
    next: {
      'zh-CN': '断电十秒再通电；还不应答就查波特率和接口方式，再换线、换设备。',
      en: 'Switch it off for ten seconds; then check baud rate and interface mode, then cable, then the device.',
    },
  },
  canceled: {
    repair: 'nobody',
    what: { 'zh-CN': '命令被取消，或正在重新连接', en: 'the command was called off, or it is being connected anew' },
    next: { 'zh-CN': '不用处理，几秒后再看。', en: 'Nothing to do; look again in a few seconds.' },
  },
  'no-media': {
    repair: 'nobody',
    what: { 'zh-CN': '上面没有卡、纸或码', en: 'nothing lies on it or in it' },
    next: {
      'zh-CN': '放上测试卡或测试纸再试；放了也没有反应，就清洁感应区。',
      en: 'Try with a test card or sheet; if that is not noticed either, clean the sensor.',
    },
  },
  'invalid-media': {
    repair: 'nobody',
    what: { 'zh-CN': '放上的东西读不了', en: 'what was presented cannot be read' },
    next: {
      'zh-CN': '换一张好卡试：能读就是那张卡的问题，不能读就清洁或更换读头。',
      en: 'Try a card that is known to be good: if it reads, it was the card; if not, clean or replace the head.',
    },
  },
  'media-not-genuine': {
    repair: 'nobody',
    what: { 'zh-CN': '证件和模块互不认可', en: 'card and security module refuse each other' },
    next: {
      'zh-CN': '换一张证件试：别的能读，请居民到人工窗口；都不能读，联系安全模块厂家。',
      en: 'Try another card: if that reads, send the resident to the counter; if none does, call the module’s maker.',
    },
  },
  'media-jammed': {
    repair: 'person',
    what: { 'zh-CN': '卡住了', en: 'paper or card is jammed' },
    next: {
      'zh-CN': '打开机盖，顺着走纸方向取出，检查有没有碎片，再合上。',
      en: 'Open it, take the paper out along its path, look for scraps, and close it.',
    },
  },
  'paper-out': {
    repair: 'person',
    what: { 'zh-CN': '缺纸', en: 'out of paper' },
    next: {
      'zh-CN': '装上同规格的纸；装了还报缺纸，清洁纸传感器。',
      en: 'Load paper of the same kind; if it still says so, clean the paper sensor.',
    },
  },
  'cover-open': {
    repair: 'person',
    what: { 'zh-CN': '机盖没有关好', en: 'its cover is open' },
    next: {
      'zh-CN': '把机盖按到位；关好还报，检查盖子开关。',
      en: 'Press the cover home; if it still says so, check the cover switch.',
    },
  },
  'user-error': {
    repair: 'person',
    what: { 'zh-CN': '需要人处理', en: 'a person must clear it' },
    next: { 'zh-CN': '看设备自己的提示灯或屏幕，照着处理。', en: 'Follow the lamp or display on the device itself.' },
  },
  'not-authorised': {
    repair: 'technician',
    what: { 'zh-CN': '设备没有授权，或拒绝本机', en: 'the device is not released for use, or refuses this machine' },
    next: {
      'zh-CN': '核对授权、账号和模块有效期，联系厂家。',
      en: 'Check licence, account and the module’s validity; call its maker.',
    },
  },
  unsupported: {
    repair: 'technician',
    what: { 'zh-CN': '配置和设备对不上', en: 'configuration and device do not fit' },
    next: {
      'zh-CN': '核对配置里的型号、接口和选项；设备可能换过型号或工作方式。',
      en: 'Check model, line and options in the configuration; the device may have been exchanged or switched to another mode.',
    },
  },
  'invalid-data': {
    repair: 'technician',
    what: { 'zh-CN': '要发送的内容设备收不了', en: 'it cannot take what was to be sent' },
    next: {
      'zh-CN': '保留日志，连同办理事项一起报给软件方。',
      en: 'Keep the log and report it with the service that was used.',
    },
  },
  protocol: {
    repair: 'software',
    what: { 'zh-CN': '收到的数据不合协议', en: 'what it sends makes no sense' },
    next: {
      'zh-CN': '查波特率、接地和线缆；确认接的就是配置里的型号。',
      en: 'Check baud rate, grounding and cable; make sure that it is the configured model.',
    },
  },
  'hardware-error': {
    repair: 'software',
    what: { 'zh-CN': '设备报告自身故障', en: 'it says that it is broken' },
    next: {
      'zh-CN': '断电重启；再报就更换设备，记下详细信息里的代码。',
      en: 'Power it off and on; if it says so again, replace it, and note the code in the detail.',
    },
  },
  'outcome-unknown': {
    repair: 'nobody',
    what: { 'zh-CN': '命令做到一半断开，结果不明', en: 'it was lost in the middle of a command' },
    next: {
      'zh-CN': '看出口和机内有没有纸；不要替居民重打，由居民在屏幕上选择。',
      en: 'Look for paper in slot and path; do not print again for the resident, who is asked on screen.',
    },
  },
};
