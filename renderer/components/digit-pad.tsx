import { Button } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Icon } from './icon.tsx';

type Props = { onDigit: (digit: string) => void; onDelete: () => void; onClear: () => void };

/** Laid out like a telephone, which every hand knows. Keeps the focus in the field that it writes into. */
export function DigitPad({ onDigit, onDelete, onClear }: Props) {
  const { t } = useTranslation();
  const digit = (key: string) => (
    <Button key={key} className="pad__key" preventFocusOnPress onPress={() => onDigit(key)}>
      {key}
    </Button>
  );
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would announce the pad as a second form field
    <div className="pad" role="group" aria-label={t('form.pad')}>
      {['1', '2', '3', '4', '5', '6', '7', '8', '9'].map(digit)}
      <Button className="pad__key pad__key--word" preventFocusOnPress onPress={onClear}>
        {t('form.clear')}
      </Button>
      {digit('0')}
      <Button className="pad__key pad__key--word" preventFocusOnPress onPress={onDelete}>
        <Icon name="erase" />
        {t('form.delete')}
      </Button>
    </div>
  );
}
