import { useState } from 'react';
import { Button } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import type { ServiceCard } from '../../main/contracts/view.ts';
import { useLocalText, useSend, useTerminal, useView } from '../api/terminal.ts';
import { CallPanel } from '../components/call-panel.tsx';
import { Icon, serviceIcon } from '../components/icon.tsx';
import { ModeButtons } from '../components/mode-buttons.tsx';
import { Page } from '../components/page.tsx';
import { PushButton } from '../components/push-button.tsx';
import { ScrollArea } from '../components/scroll-area.tsx';
import { UnavailableDialog } from '../components/unavailable-dialog.tsx';
import { problemText } from '../i18n/problem-text.ts';

/** Up to here each service has a tile of the page's width; more of them share a row. */
const FEW = 4;

export function ServicesScreen({ services }: { services: readonly ServiceCard[] }) {
  const { t } = useTranslation();
  const send = useSend();
  const { askForHelp } = useTerminal();
  const { mode, place } = useView();
  const [asked, setAsked] = useState<string>();
  const missing = services.find(({ id }) => id === asked);
  const elderly = mode === 'elderly';
  const empty = services.length === 0;
  const few = services.length <= FEW;
  return (
    <Page
      thing="below"
      title={t(empty ? 'services.empty' : 'services.title')}
      lead={
        empty
          ? t('services.emptyLead', { number: place.helpNumber })
          : t(elderly ? 'services.leadElderly' : 'services.lead')
      }
      actions={
        <footer className="bar bar--two-rows">
          <ModeButtons />
          <PushButton onPress={() => send({ type: 'leave' })}>{t('action.leave')}</PushButton>
          <PushButton onPress={() => send({ type: 'resume' })}>{t('draft.resumeShort')}</PushButton>
          <PushButton look={elderly || empty ? 'primary' : 'outline'} icon="help" onPress={askForHelp}>
            {t('action.help')}
          </PushButton>
        </footer>
      }
    >
      {empty ? (
        <CallPanel why={t('call.urgent')} />
      ) : (
        <ScrollArea label={t('services.label')}>
          <ul className={few ? `services services--few services--${services.length}` : 'services'}>
            {services.map((service) => (
              <li key={service.id}>
                <Card service={service} told={!elderly || few} onUnavailable={() => setAsked(service.id)} />
              </li>
            ))}
          </ul>
        </ScrollArea>
      )}
      {missing?.available.state === 'no' && (
        <UnavailableDialog service={missing} available={missing.available} onClose={() => setAsked(undefined)} />
      )}
    </Page>
  );
}

type CardProps = {
  service: ServiceCard;
  /** Whether there is room to say more than the name. */
  told: boolean;
  onUnavailable: () => void;
};

function Card({ service, told, onUnavailable }: CardProps) {
  const { t } = useTranslation();
  const text = useLocalText();
  const send = useSend();
  const { mode } = useView();
  const { available, title, plainTitle, summary, minutes } = service;
  const elderly = mode === 'elderly';
  const press =
    available.state === 'no' ? onUnavailable : () => send({ type: 'choose-service', serviceId: service.id });
  return (
    <Button className={`service service--${available.state}`} onPress={press}>
      <span className="service__icon">
        <Icon name={serviceIcon(service.icon)} />
      </span>
      <span className="service__text">
        <span className="service__title">{text(elderly ? plainTitle : title)}</span>
        {told && available.state !== 'no' && (
          <span className="service__summary">
            <span>{text(summary)}</span>
            <span className="service__minutes">
              <Icon name="clock" />
              {t('services.minutes', { minutes })}
            </span>
          </span>
        )}
        <span className="service__tags">
          <Availability service={service} />
        </span>
      </span>
      <Icon name="forward" />
    </Button>
  );
}

function Availability({ service: { available, worksOffline } }: { service: ServiceCard }) {
  const { t } = useTranslation();
  const text = useLocalText();
  switch (available.state) {
    case 'yes':
      return worksOffline && <span className="tag tag--good">{t('services.worksOffline')}</span>;
    case 'queued-only':
      return <span className="tag tag--good">{t('services.queuedOnly')}</span>;
    case 'no':
      return (
        <>
          <span className="tag tag--warn">{problemText(t, available.problem).short}</span>
          {available.elsewhere && (
            <span className="service__elsewhere">{t('services.elsewhere', { place: text(available.elsewhere) })}</span>
          )}
        </>
      );
  }
}
