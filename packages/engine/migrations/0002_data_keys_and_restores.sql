CREATE TABLE "installation_secrets" (
	"name" text PRIMARY KEY NOT NULL,
	"sealed" "bytea" NOT NULL,
	"key_id" text NOT NULL
);
--> statement-breakpoint
ALTER TABLE "credentials" ADD COLUMN "restored_generation" integer;--> statement-breakpoint
ALTER TABLE "data_keys" ADD COLUMN "round" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "data_keys" ADD COLUMN "superseded_at" timestamp (3) with time zone;