import { type OperationId, operations } from '../../main/sync/operations.ts';
import { CASE_NUMBER_TAKEN, type CaseBody } from '../../main/sync/schemas.ts';
import { decide } from './business.ts';
import { catalogueRoutes } from './catalogue.ts';
import { commandRoutes } from './commands.ts';
import { documentRoutes } from './documents.ts';
import { draftRoutes, draftUsed } from './draft-routes.ts';
import { Refusal } from './http.ts';
import type { Records } from './records.ts';
import { loadResidents } from './residents.ts';
import { type AnswerOnce, type Route, route, routeOnce } from './routes.ts';
import type { Uploads } from './uploads.ts';

export interface Platform {
  readonly records: Records;
  readonly uploads: Uploads;
  readonly now: () => Date;
  /** The platform stops. */
  readonly closing: AbortSignal;
}

/** What the platform does for terminals: a route for each operation, or this does not compile. */
export function terminalRoutes({ records, uploads, now, closing }: Platform): Readonly<Record<OperationId, Route>> {
  const residents = loadResidents();
  return {
    ...uploads.routes(),

    submitCase: routeOnce(operations.submitCase, ({ body, key }) => {
      const { caseNumber, caseId, serviceId, draftId, materials = [] } = body;
      if ((records.caseIdOf(caseNumber) ?? caseId) !== caseId) return NUMBER_TAKEN;
      const used = draftUsed(records.drafts, body);
      if (used) return used;
      const receivedAt = now().toISOString();
      const ticketSeries = ticketSeriesOf(body, dayOf(now()));
      const resident = body.person && residents.get(body.person.idNumber);
      const decision = decide(body, {
        resident: resident?.person.name === body.person?.name ? resident : undefined,
        today: dayOf(now()),
        ticketsBefore: ticketSeries === undefined ? 0 : records.countTickets(ticketSeries),
      });
      if (decision.outcome === 'refused') {
        const { code, message } = decision;
        return { status: 422, body: { error: { code, message } } };
      }
      return {
        status: 201,
        body: { caseNumber, receivedAt, ...decision.answer },
        effect: () => {
          records.addCase(key, { caseNumber, caseId, serviceId, ticketSeries, receivedAt, materials });
          if (draftId) records.drafts.use(draftId, caseId, body.person?.idNumber);
        },
      };
    }),

    rateCase: routeOnce(operations.rateCase, ({ body: { caseNumber, stars } }) => {
      if (records.caseIdOf(caseNumber) === undefined) {
        records.addFinding('out-of-order', caseNumber);
        throw new Refusal(409, 'case-unknown', 'the rated case has not arrived');
      }
      const receivedAt = now().toISOString();
      return {
        status: 201,
        body: { caseNumber, receivedAt },
        effect: () => records.addRating(caseNumber, stars, receivedAt),
      };
    }),

    prefill: route(operations.prefill, async ({ body: { idNumber, name, bindings } }) => {
      const resident = residents.get(idNumber);
      const known = resident?.person.name === name ? resident.prefill : {};
      const values = Object.fromEntries(Object.entries(known).filter(([binding]) => bindings.includes(binding)));
      return { status: 200, body: { values } };
    }),

    ...draftRoutes(records.drafts, now),

    health: route(operations.health, async () => ({
      status: 200,
      body: { status: 'ok', serverAt: now().toISOString() },
    })),

    ...documentRoutes({ documents: records.documents, now }),
    ...catalogueRoutes(records.catalogues),
    ...commandRoutes({ commands: records.commands, now, closing }),
  };
}

const NUMBER_TAKEN: AnswerOnce = {
  status: 422,
  body: { error: { code: CASE_NUMBER_TAKEN, message: 'another case has arrived with this number' } },
};

/** Tickets are counted by letter and day. */
function ticketSeriesOf({ serviceId, ticketNumber }: CaseBody, day: string): string | undefined {
  return serviceId === 'S19' ? `${day} ${ticketNumber?.slice(0, 1) ?? ''}` : undefined;
}

/** The calendar day where the platform is, `YYYY-MM-DD`; the Swedish locale writes ISO 8601. */
function dayOf(instant: Date): string {
  return instant.toLocaleDateString('sv-SE', { timeZone: 'Asia/Shanghai' });
}
