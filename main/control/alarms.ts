import type { Cassette, LowSeries } from '../storage/blanks.ts';
import type { DiskLevel } from '../storage/disk-space.ts';
import type { StoreIncident } from '../storage/incidents.ts';
import type { Alarm } from './protocol.ts';

export interface Ailments {
  readonly incident: StoreIncident | undefined;
  readonly disk: DiskLevel;
  /** Deliveries that were set aside. */
  readonly deadLetters: number;
  /** By the platform. */
  readonly credentialRefused: boolean;
  /** This machine's. */
  readonly clockWrong: boolean;
  /** Series of blanks that run out. */
  readonly lowBlanks: readonly LowSeries[];
  /** Those of which a person must look what is on top, or what became of a number. */
  readonly uncertainCassettes: readonly Cassette[];
  /** Printers that may have a paper still that nobody waits for. */
  readonly printersWithPapers: readonly string[];
}

/** What a technician must know of the terminal beside its devices. */
export function alarmsOf(ailments: Ailments): Alarm[] {
  const {
    incident,
    disk,
    deadLetters,
    credentialRefused,
    clockWrong,
    lowBlanks,
    uncertainCassettes,
    printersWithPapers,
  } = ailments;
  return [
    ...(incident ? [storeRestored(incident)] : []),
    ...(disk === 'enough' ? [] : [DISK[disk]]),
    ...(deadLetters > 0 ? [setAside(deadLetters)] : []),
    ...(credentialRefused ? [CREDENTIAL_REFUSED] : []),
    ...(clockWrong ? [CLOCK_WRONG] : []),
    ...uncertainCassettes.map(uncertain),
    ...printersWithPapers.map(kept),
    ...lowBlanks.map(runningOut),
  ];
}

const CREDENTIAL_REFUSED: Alarm = {
  code: 'credential-refused',
  what: {
    'zh-CN': '平台拒绝本机的凭证，收的件送不出去。',
    en: 'The platform refuses this terminal’s credential: nothing that is accepted gets through.',
  },
  next: {
    'zh-CN': '请平台管理员换发凭证：令牌写入配置后重启；证书替换文件即可。已收的件会自动重发。',
    en: 'Have it renewed: a token in the configuration, with a restart; a certificate in its files. What was accepted goes then by itself.',
  },
};

/** Where it is years off no certificate holds, and the line looks dead: the terminal alone knows why. */
const CLOCK_WRONG: Alarm = {
  code: 'clock-wrong',
  what: {
    'zh-CN': '本机时钟不对，现在用的是平台的时间；差得太多时平台的证书会被当成失效，看起来像线路不通。',
    en: 'This machine’s clock is wrong; the platform’s time is used. Far off, the platform’s certificate seems to have ended, and the line looks dead.',
  },
  next: {
    'zh-CN': '校准系统时间，开启自动对时（NTP）；关机后又不准，请换主板电池。',
    en: 'Set the time, and let it be kept (NTP); where it is lost with the power, change the battery of the main board.',
  },
};

function runningOut({ series, left }: LowSeries): Alarm {
  return {
    code: 'blanks-low',
    what: {
      'zh-CN': left === 0 ? `空白证照 ${series} 已用完，暂不能打印。` : `空白证照 ${series} 只剩 ${left} 张。`,
      en: left === 0 ? `There are no blanks of ${series}: none can be printed.` : `Blanks of ${series} left: ${left}.`,
    },
    next: {
      'zh-CN': '把新的空白证照放进纸盒，用 kioskctl blanks load 登记首尾编号。',
      en: 'Put a new pack into the tray and tell its numbers with "kioskctl blanks load".',
    },
  };
}

function uncertain({ cassetteId, tray, held }: Cassette): Alarm {
  const [zh, en] = held
    ? [`编号 ${held.number} 的空白证照下落不明`, `What became of blank ${held.number} is not known`]
    : [`纸盒 ${tray} 最上面一张的编号待确认`, `Which blank is on top of ${tray} is not known`];
  return {
    code: 'blanks-uncertain',
    what: { 'zh-CN': `${zh}，该纸盒暂停打印。`, en: `${en}: nothing is printed from that tray.` },
    next: held
      ? {
          'zh-CN': `查看纸盒和出纸口，再用 kioskctl blanks settle ${held.number} 说明。`,
          en: `Look into tray and output, then say so with "kioskctl blanks settle ${held.number}".`,
        }
      : {
          'zh-CN': `查看最上面一张的编号，再用 kioskctl blanks correct ${cassetteId} 说明。`,
          en: `Look at the number on top, then say so with "kioskctl blanks correct ${cassetteId}".`,
        },
  };
}

function kept(printerId: string): Alarm {
  return {
    code: 'paper-kept',
    what: {
      'zh-CN': `打印机 ${printerId} 里可能还留着一份没人等的文件，收回之前不打证照。`,
      en: `Printer ${printerId} may have a paper still that nobody waits for; no blank goes to it before that is taken back.`,
    },
    next: {
      'zh-CN': '检查打印机的电源和网线；它一联机，本机就自动收回。还收不回，就在打印机面板上取消作业，再关机重开。',
      en: 'See to its power and cable: once it answers, the paper is taken back. Where that fails, cancel the job at its panel and switch it off and on.',
    },
  };
}

function setAside(count: number): Alarm {
  return {
    code: 'dead-letters',
    what: {
      'zh-CN': `有 ${count} 件没能送达平台，已另存。`,
      en: `Deliveries that the platform refused, or that cannot be read, were set aside: ${count}.`,
    },
    next: {
      'zh-CN':
        '用 kioskctl outbox list --dead 查看原因；修好后重新发送，或者导出转人工办理，办完用 outbox close 关闭。',
      en: 'See why with "kioskctl outbox list --dead"; then send them again, or export them for the counter and close them.',
    },
  };
}

function storeRestored({ restoredAt, lostFrom, lostTo, salvaged, unreadable }: StoreIncident): Alarm {
  const range = { 'zh-CN': `${lostFrom ?? '启用'} 到 ${lostTo}`, en: `${lostFrom ?? 'its first day'} to ${lostTo}` };
  return {
    code: 'store-restored',
    what: {
      'zh-CN': `数据库损坏，已于 ${restoredAt} 自动恢复。${range['zh-CN']} 之间收的件可能丢失（找回 ${salvaged} 条，读不出 ${unreadable} 条）。`,
      en: `The database was damaged and restored at ${restoredAt}. What was accepted from ${range.en} may be lost (${salvaged} rows found again, ${unreadable} not readable).`,
    },
    next: {
      'zh-CN': '与平台核对这段时间的办件；损坏的文件在数据目录的 quarantine 里，不要删除；检查硬盘。',
      en: 'Compare the cases of that time with the platform; the damaged file is in "quarantine" in the data folder: keep it; check the disk.',
    },
  };
}

const DISK: Readonly<Record<Exclude<DiskLevel, 'enough'>, Alarm>> = {
  low: {
    code: 'disk-low',
    what: {
      'zh-CN': '磁盘空间不多了，设备记录已停写。',
      en: 'The disk is filling up; conditions of devices are not recorded.',
    },
    next: { 'zh-CN': '清理磁盘，或者换大一点的硬盘。', en: 'Make room on the disk, or fit a larger one.' },
  },
  critical: {
    code: 'disk-critical',
    what: {
      'zh-CN': '磁盘快满了，暂不受理可离线排队的事项；已收的件继续上传。',
      en: 'The disk is nearly full: services that may queue are refused; what was accepted goes on being delivered.',
    },
    next: { 'zh-CN': '马上清理磁盘。', en: 'Make room on the disk now.' },
  },
};
