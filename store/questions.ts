/** Who waits for what workers are asked by people: counted here, so that a bound holds however many endpoints there are. */
import type { QuestionPlaces } from './contract.ts';
import { asNumber, databaseNow, type Session } from './session.ts';

export function questions(session: Session): QuestionPlaces {
  return {
    takeQuestion: ({ person, right, most, withinMs }) =>
      session.transaction(async ({ rows }) => {
        // One at a time: otherwise two that ask at once would each take the last place.
        await rows(`select pg_advisory_xact_lock(hashtextextended('rolewave questions', 0))`);
        await rows(`delete from rolewave.questions where ends_at <= ${databaseNow}`);
        const [waiting] = await rows<{ person: number; right: number }>(
          `select count(*) filter (where person = $1)::int as person, count(*) filter (where right_of_site = $2)::int as right from rolewave.questions`,
          [person, right],
        );
        if ((waiting?.person ?? 0) >= most.ofPerson) return { full: 'person' };
        if ((waiting?.right ?? 0) >= most.ofRight) return { full: 'right' };
        const [taken] = await rows<{ id: number }>(
          `insert into rolewave.questions (person, right_of_site, ends_at) values ($1, $2, ${databaseNow} + $3::bigint) returning ${asNumber('id')} as id`,
          [person, right, Math.round(withinMs)],
        );
        if (!taken) throw new Error('a question was not written');
        return { place: taken.id };
      }),
    endQuestion: async (place) => void (await session.rows('delete from rolewave.questions where id = $1', [place])),
  };
}
