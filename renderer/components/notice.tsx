import type { ReactNode } from 'react';
import { Icon, type IconName } from './icon.tsx';

type Tone = 'good' | 'warn' | 'info' | 'private';
const icons: Record<Tone, IconName> = { good: 'check', warn: 'warn', info: 'info', private: 'lock' };

/** `live`: read aloud when it appears or changes, as it does on its own. */
export function Notice({ tone, live = false, children }: { tone: Tone; live?: boolean; children: ReactNode }) {
  return (
    <div className={`notice notice--${tone}`} role={live ? 'status' : undefined}>
      <Icon name={icons[tone]} />
      <p>{children}</p>
    </div>
  );
}

/** How it went, large, beside the question. */
export function Mark({ tone }: { tone: 'good' | 'warn' }) {
  return (
    <span className={`mark mark--${tone}`} aria-hidden="true">
      <Icon name={tone === 'good' ? 'check' : 'warn'} />
    </span>
  );
}
