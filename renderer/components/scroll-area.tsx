import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { PushButton } from './push-button.tsx';

/** Part of the visible height that one push moves: the last line stays in sight as the first. */
const PUSH_SHARE = 0.8;

type Extent = 'fits' | 'more-below' | 'at-end';

/** A list that may be longer than the screen. Not everyone knows that a page can be dragged, so a button says so. */
export function ScrollArea({ label, children }: { label: string; children: ReactNode }) {
  const { t } = useTranslation();
  const box = useRef<HTMLElement>(null);
  const [extent, setExtent] = useState<Extent>('fits');
  useEffect(() => {
    const area = box.current;
    if (!area) return;
    const measure = (): void => {
      const hidden = area.scrollHeight - area.clientHeight;
      // The button takes room itself: what would fit without it needs none.
      const room = area.parentElement?.clientHeight ?? area.clientHeight;
      const fits = hidden <= 1 || area.scrollHeight <= room + 1;
      setExtent(fits ? 'fits' : area.scrollTop >= hidden - 1 ? 'at-end' : 'more-below');
    };
    const observer = new ResizeObserver(measure);
    observer.observe(area);
    for (const child of area.children) observer.observe(child);
    area.addEventListener('scroll', measure, { passive: true });
    return () => {
      observer.disconnect();
      area.removeEventListener('scroll', measure);
    };
  }, []);
  const scroll = (): void => {
    const area = box.current;
    if (extent === 'at-end') area?.scrollTo({ top: 0 });
    else area?.scrollBy({ top: area.clientHeight * PUSH_SHARE });
  };
  return (
    <div className={`scroll scroll--${extent}`}>
      <section ref={box} className="scroll__area" aria-label={label} tabIndex={extent === 'fits' ? -1 : 0}>
        <div className="scroll__content">{children}</div>
      </section>
      {extent !== 'fits' && (
        <PushButton icon={extent === 'at-end' ? 'up' : 'down'} onPress={scroll}>
          {t(extent === 'at-end' ? 'action.backToTop' : 'action.more')}
        </PushButton>
      )}
    </div>
  );
}
