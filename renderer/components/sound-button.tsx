import { useTranslation } from 'react-i18next';
import { useSound } from '../speech/sound.tsx';
import { PushButton } from './push-button.tsx';

/** Where the page speaks: whoever does not want to be heard of turns it off. Nothing where no voice would be heard. */
export function SoundButton() {
  const { t } = useTranslation();
  const { state, turn } = useSound();
  if (state === 'none') return null;
  return (
    <PushButton icon={state === 'on' ? 'sound' : 'soundOff'} onPress={() => turn(state === 'on' ? 'off' : 'on')}>
      {t(state === 'on' ? 'sound.off' : 'sound.on')}
    </PushButton>
  );
}
