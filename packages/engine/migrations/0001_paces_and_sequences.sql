CREATE TABLE "paces" (
	"connection_id" text PRIMARY KEY NOT NULL,
	"free_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "last_sequence" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "paces" ADD CONSTRAINT "paces_connection_id_connections_id_fk" FOREIGN KEY ("connection_id") REFERENCES "public"."connections"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
-- Whose tokens they are, as new authorizations keep it: the public id of the OAuth client.
UPDATE "connections" SET "token_info" = "connections"."token_info" || jsonb_build_object('client_id', "oauth_clients"."client_id") FROM "oauth_clients" WHERE "oauth_clients"."id" = "connections"."oauth_client_id";
