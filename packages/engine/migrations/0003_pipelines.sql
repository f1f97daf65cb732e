CREATE TABLE "pipeline_nodes" (
	"pipeline_id" text NOT NULL,
	"node_id" text NOT NULL,
	"title" text NOT NULL,
	"connection_id" text,
	"parameters" jsonb DEFAULT '{}'::jsonb NOT NULL,
	CONSTRAINT "pipeline_nodes_pipeline_id_node_id_pk" PRIMARY KEY("pipeline_id","node_id")
);
--> statement-breakpoint
CREATE TABLE "pipelines" (
	"id" text PRIMARY KEY NOT NULL,
	"workspace_id" text NOT NULL,
	"name" text NOT NULL,
	"format" text NOT NULL,
	"media_type" text NOT NULL,
	"document" text NOT NULL,
	"model" jsonb NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "pipeline_id" text;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "node_id" text;--> statement-breakpoint
ALTER TABLE "pipeline_nodes" ADD CONSTRAINT "pipeline_nodes_pipeline_id_pipelines_id_fk" FOREIGN KEY ("pipeline_id") REFERENCES "public"."pipelines"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pipeline_nodes" ADD CONSTRAINT "pipeline_nodes_connection_id_connections_id_fk" FOREIGN KEY ("connection_id") REFERENCES "public"."connections"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pipelines" ADD CONSTRAINT "pipelines_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "pipeline_nodes_connection" ON "pipeline_nodes" USING btree ("connection_id");--> statement-breakpoint
CREATE INDEX "pipelines_workspace" ON "pipelines" USING btree ("workspace_id","created_at" desc);--> statement-breakpoint
CREATE INDEX "runs_pipeline" ON "runs" USING btree ("pipeline_id","created_at" desc) WHERE "runs"."pipeline_id" is not null;