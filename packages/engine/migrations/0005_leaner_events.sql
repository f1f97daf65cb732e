DROP INDEX "events_created";--> statement-breakpoint
DROP INDEX "events_position";--> statement-breakpoint
DROP INDEX "events_workspace";--> statement-breakpoint
DROP INDEX "events_run";--> statement-breakpoint
CREATE INDEX "events_age" ON "events" USING brin ("created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "events_position" ON "events" USING btree ("position") WHERE "events"."position" is not null;--> statement-breakpoint
CREATE INDEX "events_workspace" ON "events" USING btree ("workspace_id","position") WHERE "events"."position" is not null;--> statement-breakpoint
CREATE INDEX "events_run" ON "events" USING btree ("run_id","position") WHERE "events"."run_id" is not null and "events"."position" is not null;--> statement-breakpoint
-- A refresh writes its row three times, mostly in columns without an index: with room on its page no index is touched.
ALTER TABLE "credentials" SET (fillfactor = 50);
