import { useTranslation } from 'react-i18next';
import { useSend, useView } from '../api/terminal.ts';
import { PushButton } from './push-button.tsx';

/** Large text, low reach and language: offered before a service is chosen, kept for the visit. */
export function ModeButtons() {
  const { t } = useTranslation();
  const send = useSend();
  const { mode } = useView();
  return (
    // biome-ignore lint/a11y/useSemanticElements: these are buttons side by side, not fields of a form
    <div className="modes" role="group" aria-label={t('mode.label')}>
      <PushButton
        icon="largeText"
        onPress={() => send({ type: 'set-mode', mode: mode === 'elderly' ? 'standard' : 'elderly' })}
      >
        {t(mode === 'elderly' ? 'mode.standard' : 'mode.elderly')}
      </PushButton>
      <PushButton
        icon="lowReach"
        onPress={() => send({ type: 'set-mode', mode: mode === 'low-reach' ? 'standard' : 'low-reach' })}
      >
        {t(mode === 'low-reach' ? 'mode.allHeights' : 'mode.lowReach')}
      </PushButton>
      <OtherLanguageButton />
    </div>
  );
}

function OtherLanguageButton() {
  const { t } = useTranslation();
  const send = useSend();
  const { language } = useView();
  const other = language === 'en' ? 'zh-CN' : 'en';
  return (
    <PushButton icon="language" lang={other} onPress={() => send({ type: 'set-language', language: other })}>
      {t(other === 'en' ? 'mode.english' : 'mode.chinese')}
    </PushButton>
  );
}
