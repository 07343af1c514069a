import { useTranslation } from 'react-i18next';
import type { Screen } from '../../main/contracts/view.ts';
import { ActionBar } from '../components/action-bar.tsx';
import { Mark, Notice } from '../components/notice.tsx';
import { Page } from '../components/page.tsx';
import { CardPicture } from '../components/pictures/card-picture.tsx';

type Reader = Extract<Screen, { kind: 'identify' }>['reader'];

const doing = {
  waiting: 'lay-down',
  reading: 'hold',
  'replace-card': 'lift',
  offline: 'still',
  refused: 'lift',
  expired: 'lift',
} as const satisfies Record<Reader, string>;

/** Another card can simply be laid down. */
const goesOnReading: ReadonlySet<Reader> = new Set(['waiting', 'refused', 'expired']);

const troubled: ReadonlySet<Reader> = new Set(['offline', 'refused', 'expired']);

export function IdentifyScreen({ reader }: { reader: Reader }) {
  const { t } = useTranslation();
  return (
    <Page
      title={t(`identify.${reader}.title`)}
      lead={t(`identify.${reader}.lead`)}
      mark={troubled.has(reader) && <Mark tone="warn" />}
      beside={
        <div className="identify__notes">
          {goesOnReading.has(reader) && <Notice tone="good">{t('identify.ready')}</Notice>}
          <Notice tone="private">{t('identify.privacy')}</Notice>
        </div>
      }
      actions={<ActionBar back />}
    >
      <div className={`panel panel--picture panel--${reader === 'offline' ? 'off' : 'on'}`}>
        <CardPicture label={t('identify.picture')} doing={doing[reader]} />
      </div>
    </Page>
  );
}
