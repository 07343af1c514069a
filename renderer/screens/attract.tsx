import { useTranslation } from 'react-i18next';
import { useLocalText, useSend, useView } from '../api/terminal.ts';
import { Clock } from '../components/clock.tsx';
import { ModeButtons } from '../components/mode-buttons.tsx';
import { Notice } from '../components/notice.tsx';
import { Title } from '../components/page.tsx';
import { SmallCardPicture, SmallPaperPicture, TouchPicture } from '../components/pictures/how-to.tsx';
import { PushButton } from '../components/push-button.tsx';

const steps = [
  { key: 'choose', Picture: TouchPicture },
  { key: 'card', Picture: SmallCardPicture },
  { key: 'paper', Picture: SmallPaperPicture },
] as const;

export function AttractScreen() {
  const { t } = useTranslation();
  const send = useSend();
  const text = useLocalText();
  const { place, notice } = useView();
  const start = (): void => send({ type: 'start' });
  return (
    <div className="attract" data-screen="attract">
      <header className="attract__top">
        <div className="header__mark" aria-hidden="true">
          {t('brand.mark')}
        </div>
        <div className="header__place">
          <p className="header__name">{text(place.name)}</p>
          <p className="header__machine">
            <span>{text(place.machine)}</span>
            <span>{t('header.help', { number: place.helpNumber })}</span>
          </p>
        </div>
        <Clock />
      </header>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the button is the keyboard's way; this is for the hand that misses it */}
      <main className="attract__main" onClick={start}>
        <div className="attract__words">
          <Title>{t('attract.title')}</Title>
          <p className="attract__lead">{t('attract.lead')}</p>
          {notice && <Notice tone="info">{text(notice)}</Notice>}
        </div>
        <ol className="attract__steps" aria-label={t('attract.howTo')}>
          {steps.map(({ key, Picture }, index) => (
            <li key={key}>
              <Picture />
              <p>
                <span className="attract__count" aria-hidden="true">
                  {index + 1}
                </span>
                {t(`attract.${key}`)}
              </p>
            </li>
          ))}
        </ol>
      </main>
      <footer className="attract__start">
        <PushButton look="primary" icon="forward" onPress={start}>
          {t('attract.start')}
        </PushButton>
        <PushButton look="outline" icon="document" onPress={() => send({ type: 'resume' })}>
          {t('draft.resume')}
        </PushButton>
        <ModeButtons />
      </footer>
    </div>
  );
}
