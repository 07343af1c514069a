import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocalText, useSecondsLeft, useTerminal } from '../api/terminal.ts';
import { Clock, useNow } from './clock.tsx';
import { Icon } from './icon.tsx';

export function Header() {
  const { t } = useTranslation();
  const { view } = useTerminal();
  const text = useLocalText();
  const { name, machine, helpNumber } = view.place;
  return (
    <header className="header">
      <div className="header__mark" aria-hidden="true">
        {t('brand.mark')}
      </div>
      <div className="header__place">
        <p className="header__name">{text(name)}</p>
        <p className="header__machine">
          <span>{text(machine)}</span>
          <span>{t('header.help', { number: helpNumber })}</span>
          {view.network === 'offline' && (
            <span className="header__offline">
              <Icon name="noNetwork" />
              {view.offlineCause ? t(`header.offlineBecause.${view.offlineCause}`) : t('header.offline')}
            </span>
          )}
        </p>
      </div>
      <div className="header__time">
        <Clock />
        <TimeLeft />
      </div>
    </header>
  );
}

function TimeLeft() {
  const { t } = useTranslation();
  const { view } = useTerminal();
  const seconds = useSecondsLeft();
  if (seconds === undefined) return <ClockDate />;
  const key = view.screen.kind === 'result' ? 'header.wipeIn' : 'header.timeLeft';
  return <p className="header__left">{t(key, { seconds })}</p>;
}

function ClockDate() {
  const { language, clock } = useTerminal().view;
  const { timeZone } = clock;
  const now = useNow();
  const date = useMemo(() => {
    const weekday = language === 'en' ? 'short' : 'long';
    return new Intl.DateTimeFormat(language, { timeZone, month: 'long', day: 'numeric', weekday });
  }, [language, timeZone]);
  return <p className="header__left">{date.format(now)}</p>;
}
