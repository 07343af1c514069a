import { Button, Input, TextField } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { bareDraftCode, DRAFT_ALPHABET, DRAFT_CODE_LENGTH, groupedDraftCode } from '../../main/contracts/draft-code.ts';
import { Icon } from './icon.tsx';

type Props = {
  code: string;
  onCode: (code: string) => void;
  isWrong: boolean;
  /** Of what says why. */
  errorId: string;
};

/** Large keys for what a slip's code is made of, and no others. A scanner that types, types here as well. */
export function CodeEntry({ code, onCode, isWrong, errorId }: Props) {
  const { t } = useTranslation();
  const enter = (typed: string): void => {
    const known = [...bareDraftCode(typed)].filter((character) => DRAFT_ALPHABET.includes(character));
    onCode(known.slice(0, DRAFT_CODE_LENGTH).join(''));
  };
  return (
    <TextField
      className="typed code-entry"
      aria-label={t('resume.label')}
      aria-describedby={errorId}
      isInvalid={isWrong}
      validationBehavior="aria"
      value={groupedDraftCode(code)}
      onChange={enter}
    >
      <span className="digits">
        <Input className="digits__input" inputMode="none" autoComplete="off" spellCheck="false" />
      </span>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would announce the keys as a second form field */}
      <div className="keys" role="group" aria-label={t('resume.keys')}>
        {[...DRAFT_ALPHABET].map((key) => (
          <Button key={key} className="pad__key" preventFocusOnPress onPress={() => enter(code + key)}>
            {key}
          </Button>
        ))}
        <Button
          className="pad__key keys__erase"
          aria-label={t('form.delete')}
          preventFocusOnPress
          onPress={() => onCode(code.slice(0, -1))}
        >
          <Icon name="erase" />
          <span>{t('form.delete')}</span>
        </Button>
      </div>
    </TextField>
  );
}
