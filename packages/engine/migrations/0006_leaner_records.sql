ALTER TABLE "audit_entries" DROP CONSTRAINT "audit_entries_workspace_id_workspaces_id_fk";--> statement-breakpoint
ALTER TABLE "events" DROP CONSTRAINT "events_workspace_id_workspaces_id_fk";--> statement-breakpoint
-- What these keys did, without a look at the workspace for each record that is written.
CREATE FUNCTION delete_records_of_workspace() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM events WHERE workspace_id = OLD.id;
  DELETE FROM audit_entries WHERE workspace_id = OLD.id;
  RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER workspaces_records AFTER DELETE ON workspaces FOR EACH ROW EXECUTE FUNCTION delete_records_of_workspace();--> statement-breakpoint
DROP INDEX "events_position";--> statement-breakpoint
DROP INDEX "events_connection";--> statement-breakpoint
DROP INDEX "events_refreshes";--> statement-breakpoint
ALTER TABLE "audit_entries" DROP CONSTRAINT "audit_entries_pkey", ADD PRIMARY KEY ("ordinal");--> statement-breakpoint
ALTER TABLE "events" DROP CONSTRAINT "events_pkey", ADD PRIMARY KEY ("ordinal");--> statement-breakpoint
CREATE INDEX "events_connection" ON "events" USING btree ("connection_id","created_at" desc,"ordinal" desc) WHERE "events"."connection_id" is not null and "events"."type" <> 'run.progress' and "events"."position" is not null;--> statement-breakpoint
CREATE INDEX "events_refreshes" ON "events" USING btree ("workspace_id","created_at") WHERE "events"."type" in ('connection.refreshed', 'connection.degraded', 'connection.needs_reauthorization')
          and "events"."position" is not null;
