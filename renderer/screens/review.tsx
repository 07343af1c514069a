import { useTranslation } from 'react-i18next';
import type { Screen } from '../../main/contracts/view.ts';
import { useLocalText, useSend } from '../api/terminal.ts';
import { ActionBar } from '../components/action-bar.tsx';
import { Notice } from '../components/notice.tsx';
import { Page } from '../components/page.tsx';
import { PushButton } from '../components/push-button.tsx';
import { SaveButton } from '../components/save-dialog.tsx';
import { ScrollArea } from '../components/scroll-area.tsx';

export function ReviewScreen({ screen }: { screen: Extract<Screen, { kind: 'review' }> }) {
  const { t } = useTranslation();
  const text = useLocalText();
  const send = useSend();
  return (
    <Page
      thing="below"
      title={t('review.title')}
      lead={t('review.lead')}
      beside={
        <>
          {screen.willQueue && <Notice tone="info">{t('review.willQueue')}</Notice>}
          {screen.paperLow && (
            <Notice tone="warn">{t('review.paperLow', { paper: t(`paper.${screen.paperLow}`) })}</Notice>
          )}
        </>
      }
      actions={
        <ActionBar back aside={screen.saving && <SaveButton />}>
          <PushButton look="primary" onPress={() => send({ type: 'next' })}>
            {t('action.submit')}
          </PushButton>
        </ActionBar>
      }
    >
      <ScrollArea label={t('review.title')}>
        <div className="sections">
          {screen.sections.map(({ of, rows }) => (
            <section key={of} className="section">
              <div className="section__head">
                <h2 className="section__title">{t(`review.${of}`)}</h2>
                {of === 'form' && rows.every(({ field }) => field === undefined) && (
                  <PushButton look="outline" icon="pen" onPress={() => send({ type: 'edit' })}>
                    {t('action.edit')}
                  </PushButton>
                )}
              </div>
              <dl className="rows">
                {rows.map(({ field, label, value }) => (
                  <div key={text(label)} className="row">
                    <dt>{text(label)}</dt>
                    <dd>{text(value)}</dd>
                    {field !== undefined && (
                      <dd className="row__edit">
                        <PushButton
                          look="outline"
                          icon="pen"
                          aria-label={t('action.editOne', { label: text(label) })}
                          onPress={() => send({ type: 'edit', field })}
                        >
                          {t('action.edit')}
                        </PushButton>
                      </dd>
                    )}
                  </div>
                ))}
              </dl>
            </section>
          ))}
        </div>
      </ScrollArea>
    </Page>
  );
}
