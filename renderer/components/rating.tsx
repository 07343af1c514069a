import { Radio, RadioGroup } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useSend } from '../api/terminal.ts';
import { Icon } from './icon.tsx';

const stars = [5, 4, 3, 2, 1] as const; // best first, as 好差评 lists them

export function Rating({ rating }: { rating: number | undefined }) {
  const { t } = useTranslation();
  const send = useSend();
  const rate = (value: string): void => {
    const chosen = stars.find((star) => String(star) === value);
    if (chosen) send({ type: 'rate', stars: chosen });
  };
  return (
    <RadioGroup
      className="rating"
      aria-label={t('rating.title')}
      value={rating ? String(rating) : null}
      onChange={rate}
    >
      <h2 className="rating__title" aria-live="polite">
        {t(rating ? 'rating.thanks' : 'rating.title')}
      </h2>
      <div className="rating__stars">
        {stars.map((star) => (
          <Radio key={star} className="rating__star" value={String(star)}>
            <Icon name="star" />
            <span>{t(`rating.stars-${star}`)}</span>
          </Radio>
        ))}
      </div>
    </RadioGroup>
  );
}
