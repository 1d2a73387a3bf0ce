-- Events are asked for by their times, for which the key has sent_ms. The time of these few is another one, or has more bits than the key has.
CREATE INDEX events_by_own_time ON events (project, (CASE sent_ms WHEN 0 THEN received_ms ELSE sent_ms + clock_ms END), id)
	WHERE sent_ms <= 0 OR sent_ms >= 140737488355328 OR clock_ms <> 0;

-- Events with the person that each belongs to now, for those who read with SQL. It decides as identity.Graph does: of the claims to an alias the
-- one that was accepted first holds. Followed upwards from an id, they end at an id without a claim, or in a circle; of a circle the claim that was
-- accepted last does not hold, and its alias is the original. steps goes as many steps as there are claims on the way, so that it is in the circle
-- by then, and as many again, so that it has seen all of it.
CREATE VIEW events_resolved AS
SELECT e.id, p.token, e.event,
	CASE e.sent_ms WHEN 0 THEN e.received_ms ELSE e.sent_ms + e.clock_ms END AS time_ms,
	e.sent_ms, e.received_ms, e.distinct_id,
	coalesce((
		WITH RECURSIVE
		up AS (
			SELECT c.seq, c.alias, c.distinct_id FROM claims AS c WHERE c.project = e.project AND c.alias = e.distinct_id AND c.first
			UNION SELECT c.seq, c.alias, c.distinct_id FROM up JOIN claims AS c ON c.project = e.project AND c.alias = up.distinct_id AND c.first
		),
		steps AS (
			SELECT up.seq, up.alias, up.distinct_id, 1 AS n FROM up WHERE up.alias = e.distinct_id
			UNION ALL SELECT c.seq, c.alias, c.distinct_id, s.n + 1
				FROM steps AS s JOIN claims AS c ON c.project = e.project AND c.alias = s.distinct_id AND c.first WHERE s.n < 2 * (SELECT count(*) FROM up)
		)
		SELECT coalesce(
			(SELECT up.distinct_id FROM up WHERE NOT EXISTS (SELECT FROM claims AS c WHERE c.project = e.project AND c.alias = up.distinct_id AND c.first)),
			(SELECT s.alias FROM steps AS s WHERE s.n > (SELECT count(*) FROM up) ORDER BY s.seq DESC LIMIT 1))
	), e.distinct_id) AS person,
	e.insert_id, e.alias, e.properties
FROM events AS e JOIN projects AS p ON p.id = e.project;
