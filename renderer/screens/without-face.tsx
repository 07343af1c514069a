import { useTranslation } from 'react-i18next';
import { useLocalText, useSend, useView } from '../api/terminal.ts';
import { ActionBar } from '../components/action-bar.tsx';
import { Icon } from '../components/icon.tsx';
import { Page } from '../components/page.tsx';
import { PushButton } from '../components/push-button.tsx';
import { ScrollArea } from '../components/scroll-area.tsx';

export function WithoutFaceScreen() {
  const { t } = useTranslation();
  const text = useLocalText();
  const send = useSend();
  const { place, visit } = useView();
  const service = visit ? text(visit.plainTitle) : '';
  const ways = [
    {
      icon: 'phone',
      title: t('withoutFace.phone', { number: place.helpNumber }),
      detail: t('withoutFace.phoneDetail', { machine: text(place.machine), service }),
    },
    { icon: 'person', title: t('withoutFace.companion'), detail: t('withoutFace.companionDetail') },
    { icon: 'window', title: t('withoutFace.window'), detail: t('withoutFace.windowDetail') },
  ] as const;
  return (
    <Page
      title={t('withoutFace.title')}
      lead={t('withoutFace.lead')}
      actions={
        <ActionBar back leave="none">
          <PushButton look="primary" onPress={() => send({ type: 'leave' })}>
            {t('action.done')}
          </PushButton>
        </ActionBar>
      }
    >
      <ScrollArea label={t('withoutFace.title')}>
        <ul className="ways">
          {ways.map(({ icon, title, detail }) => (
            <li key={icon} className="way">
              <span className="service__icon">
                <Icon name={icon} />
              </span>
              <div>
                <h2 className="way__title">{title}</h2>
                <p className="way__detail">{detail}</p>
              </div>
            </li>
          ))}
        </ul>
      </ScrollArea>
    </Page>
  );
}
