BEGIN TRANSACTION;
CREATE TABLE account (
	id INTEGER NOT NULL, 
	login TEXT NOT NULL, 
	display_name TEXT DEFAULT '' NOT NULL, 
	state TEXT NOT NULL, 
	epoch INTEGER DEFAULT '1' NOT NULL, 
	created INTEGER NOT NULL, 
	used INTEGER DEFAULT '0' NOT NULL, hides_private INTEGER DEFAULT '0' NOT NULL, since INTEGER DEFAULT '0' NOT NULL, state_before TEXT DEFAULT '' NOT NULL, external TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_account PRIMARY KEY (id), 
	CONSTRAINT fk_account_id FOREIGN KEY(id) REFERENCES principal (id) ON DELETE CASCADE, 
	CONSTRAINT uq_account_login UNIQUE (login)
);
INSERT INTO "account" VALUES(1,'alice@example.test','','active',1,1795534314500,0,0,1795534314500,'','');
INSERT INTO "account" VALUES(2,'bob@example.test','','active',1,1795534314500,0,0,1795534314500,'','');
CREATE TABLE act (
	id INTEGER NOT NULL, 
	space_id INTEGER NOT NULL, 
	at INTEGER NOT NULL, 
	actor_id INTEGER, 
	whom_id INTEGER, 
	kind TEXT NOT NULL, 
	way TEXT NOT NULL, 
	actor TEXT DEFAULT '' NOT NULL, 
	tool TEXT DEFAULT '' NOT NULL, 
	what TEXT DEFAULT '' NOT NULL, 
	detail TEXT DEFAULT '' NOT NULL, 
	peer TEXT DEFAULT '' NOT NULL, 
	count INTEGER DEFAULT '1' NOT NULL, 
	CONSTRAINT pk_act PRIMARY KEY (id), 
	CONSTRAINT fk_act_space_id FOREIGN KEY(space_id) REFERENCES space (id) ON DELETE CASCADE
);
INSERT INTO "act" VALUES(1,1,1795534314500,NULL,NULL,'account made','house','','','','','',1);
INSERT INTO "act" VALUES(2,2,1795534314500,NULL,NULL,'account made','house','','','','','',1);
INSERT INTO "act" VALUES(3,3,1795534314500,NULL,1,'group made','house','','','','alice@example.test','',1);
INSERT INTO "act" VALUES(4,3,1795534314500,NULL,2,'joined','house','','','','bob@example.test','',1);
INSERT INTO "act" VALUES(5,3,1795534314500,NULL,2,'right given','house','','','','bob@example.test: contribute in documents','',1);
CREATE TABLE address (
	id INTEGER NOT NULL, 
	local TEXT NOT NULL, 
	domain_id INTEGER NOT NULL, 
	principal_id INTEGER NOT NULL, 
	kind TEXT NOT NULL, until INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_address PRIMARY KEY (id), 
	CONSTRAINT fk_address_domain_id FOREIGN KEY(domain_id) REFERENCES domain (id) ON DELETE CASCADE, 
	CONSTRAINT fk_address_principal_id FOREIGN KEY(principal_id) REFERENCES principal (id) ON DELETE CASCADE, 
	CONSTRAINT uq_address_local_domain_id UNIQUE (local, domain_id)
);
INSERT INTO "address" VALUES(1,'alice',1,1,'primary',0);
INSERT INTO "address" VALUES(2,'postmaster',1,1,'role',0);
INSERT INTO "address" VALUES(3,'abuse',1,1,'role',0);
INSERT INTO "address" VALUES(4,'bob',1,2,'primary',0);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0010');
CREATE TABLE api_token (
	id INTEGER NOT NULL, 
	organisation_id INTEGER NOT NULL, 
	label TEXT NOT NULL, 
	scopes TEXT NOT NULL, 
	hash BLOB NOT NULL, 
	created INTEGER NOT NULL, 
	used INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_api_token PRIMARY KEY (id), 
	CONSTRAINT fk_api_token_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id) ON DELETE CASCADE, 
	CONSTRAINT uq_api_token_hash UNIQUE (hash)
);
CREATE TABLE blob (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	space_id INTEGER NOT NULL, 
	hash BLOB NOT NULL, 
	size INTEGER NOT NULL, 
	form TEXT NOT NULL, 
	refs INTEGER DEFAULT '0' NOT NULL, 
	segment_id INTEGER, 
	"offset" INTEGER, 
	CONSTRAINT fk_blob_space_id FOREIGN KEY(space_id) REFERENCES space (id) ON DELETE CASCADE, 
	CONSTRAINT uq_blob_space_id_hash_size UNIQUE (space_id, hash, size)
);
INSERT INTO "blob" VALUES(1,1,X'B32014C632306B958FF780D319654AAB8489D238CF8263AD96C15B85B6332BD8',132,'row',1,NULL,NULL);
CREATE TABLE blob_data (
	blob_id INTEGER NOT NULL, 
	data BLOB NOT NULL, 
	CONSTRAINT pk_blob_data PRIMARY KEY (blob_id), 
	CONSTRAINT fk_blob_data_blob_id FOREIGN KEY(blob_id) REFERENCES blob (id) ON DELETE CASCADE
);
INSERT INTO "blob_data" VALUES(1,X'46726F6D3A20626F62406578616D706C652E746573740D0A546F3A20616C696365406578616D706C652E746573740D0A5375626A6563743A206B6570740D0A446174653A205468752C2031204A616E20323032362031303A30303A3030202B303030300D0A0D0A6B6570742073696E63652074686520666972737420736368656D610D0A');
CREATE TABLE busy_feed (
	view_id INTEGER NOT NULL, 
	calendar_id INTEGER NOT NULL, 
	account_id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	hides INTEGER NOT NULL, 
	CONSTRAINT pk_busy_feed PRIMARY KEY (view_id, calendar_id), 
	CONSTRAINT fk_busy_feed_view_id FOREIGN KEY(view_id) REFERENCES collection (id) ON DELETE CASCADE, 
	CONSTRAINT fk_busy_feed_calendar_id FOREIGN KEY(calendar_id) REFERENCES collection (id) ON DELETE CASCADE
);
CREATE TABLE collection (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	space_id INTEGER NOT NULL, 
	tool TEXT NOT NULL, 
	parent_id INTEGER, 
	name TEXT NOT NULL, 
	role TEXT DEFAULT '' NOT NULL, 
	modseq INTEGER DEFAULT '0' NOT NULL, 
	uidnext INTEGER DEFAULT '1' NOT NULL, 
	recent INTEGER DEFAULT '1' NOT NULL, 
	items INTEGER DEFAULT '0' NOT NULL, 
	bytes INTEGER DEFAULT '0' NOT NULL, 
	unseen INTEGER DEFAULT '0' NOT NULL, 
	deleted INTEGER DEFAULT '0' NOT NULL, 
	created INTEGER NOT NULL, author_id INTEGER, 
	CONSTRAINT fk_collection_parent_id FOREIGN KEY(parent_id) REFERENCES collection (id) ON DELETE CASCADE, 
	CONSTRAINT fk_collection_space_id FOREIGN KEY(space_id) REFERENCES space (id) ON DELETE CASCADE, 
	CONSTRAINT uq_collection_space_id_tool_parent_id_name UNIQUE (space_id, tool, parent_id, name)
);
INSERT INTO "collection" VALUES(1,1,'mail',NULL,'','',1,1,1,0,0,0,0,1795534314500,NULL);
INSERT INTO "collection" VALUES(2,1,'documents',NULL,'','',0,1,1,0,0,0,0,1795534314500,NULL);
INSERT INTO "collection" VALUES(3,1,'calendar',NULL,'','',1,1,1,0,0,0,0,1795534314500,NULL);
INSERT INTO "collection" VALUES(4,1,'contacts',NULL,'','',1,1,1,0,0,0,0,1795534314500,NULL);
INSERT INTO "collection" VALUES(5,1,'mail',1,'INBOX','INBOX',1,2,1,1,132,0,0,1795534314500,NULL);
INSERT INTO "collection" VALUES(6,1,'mail',1,'Drafts','\Drafts',1,1,1,0,0,0,0,1795534314500,NULL);
INSERT INTO "collection" VALUES(7,1,'mail',1,'Sent','\Sent',1,1,1,0,0,0,0,1795534314500,NULL);
INSERT INTO "collection" VALUES(8,1,'mail',1,'Junk','\Junk',1,1,1,0,0,0,0,1795534314500,NULL);
INSERT INTO "collection" VALUES(9,1,'mail',1,'Trash','\Trash',1,1,1,0,0,0,0,1795534314500,NULL);
INSERT INTO "collection" VALUES(10,1,'mail',1,'Archive','\Archive',1,1,1,0,0,0,0,1795534314500,NULL);
INSERT INTO "collection" VALUES(11,1,'calendar',3,'calendar','VEVENT',1,1,1,0,0,0,0,1795534314500,NULL);
INSERT INTO "collection" VALUES(12,1,'calendar',3,'tasks','VTODO',1,1,1,0,0,0,0,1795534314500,NULL);
INSERT INTO "collection" VALUES(13,1,'contacts',4,'contacts','VCARD',1,1,1,0,0,0,0,1795534314500,NULL);
INSERT INTO "collection" VALUES(14,2,'mail',NULL,'','',1,1,1,0,0,0,0,1795534314500,NULL);
INSERT INTO "collection" VALUES(15,2,'documents',NULL,'','',0,1,1,0,0,0,0,1795534314500,NULL);
INSERT INTO "collection" VALUES(16,2,'calendar',NULL,'','',1,1,1,0,0,0,0,1795534314500,NULL);
INSERT INTO "collection" VALUES(17,2,'contacts',NULL,'','',1,1,1,0,0,0,0,1795534314500,NULL);
INSERT INTO "collection" VALUES(18,2,'mail',14,'INBOX','INBOX',1,1,1,0,0,0,0,1795534314500,NULL);
INSERT INTO "collection" VALUES(19,2,'mail',14,'Drafts','\Drafts',1,1,1,0,0,0,0,1795534314500,NULL);
INSERT INTO "collection" VALUES(20,2,'mail',14,'Sent','\Sent',1,1,1,0,0,0,0,1795534314500,NULL);
INSERT INTO "collection" VALUES(21,2,'mail',14,'Junk','\Junk',1,1,1,0,0,0,0,1795534314500,NULL);
INSERT INTO "collection" VALUES(22,2,'mail',14,'Trash','\Trash',1,1,1,0,0,0,0,1795534314500,NULL);
INSERT INTO "collection" VALUES(23,2,'mail',14,'Archive','\Archive',1,1,1,0,0,0,0,1795534314500,NULL);
INSERT INTO "collection" VALUES(24,2,'calendar',16,'calendar','VEVENT',1,1,1,0,0,0,0,1795534314500,NULL);
INSERT INTO "collection" VALUES(25,2,'calendar',16,'tasks','VTODO',1,1,1,0,0,0,0,1795534314500,NULL);
INSERT INTO "collection" VALUES(26,2,'contacts',17,'contacts','VCARD',1,1,1,0,0,0,0,1795534314500,NULL);
INSERT INTO "collection" VALUES(27,3,'mail',NULL,'','',0,1,1,0,0,0,0,1795534314500,NULL);
INSERT INTO "collection" VALUES(28,3,'documents',NULL,'','',0,1,1,0,0,0,0,1795534314500,NULL);
INSERT INTO "collection" VALUES(29,3,'calendar',NULL,'','',1,1,1,0,0,0,0,1795534314500,NULL);
INSERT INTO "collection" VALUES(30,3,'contacts',NULL,'','',1,1,1,0,0,0,0,1795534314500,NULL);
INSERT INTO "collection" VALUES(31,3,'calendar',29,'calendar','VEVENT',1,1,1,0,0,0,0,1795534314500,NULL);
INSERT INTO "collection" VALUES(32,3,'calendar',29,'tasks','VTODO',1,1,1,0,0,0,0,1795534314500,NULL);
INSERT INTO "collection" VALUES(33,3,'contacts',30,'contacts','VCARD',1,1,1,0,0,0,0,1795534314500,NULL);
CREATE TABLE collection_property (
	collection_id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	value TEXT NOT NULL, 
	CONSTRAINT pk_collection_property PRIMARY KEY (collection_id, name), 
	CONSTRAINT fk_collection_property_collection_id FOREIGN KEY(collection_id) REFERENCES collection (id) ON DELETE CASCADE
);
CREATE TABLE cookie (
	id INTEGER NOT NULL, 
	account_id INTEGER NOT NULL, 
	hash BLOB NOT NULL, 
	created INTEGER NOT NULL, 
	seen INTEGER NOT NULL, 
	peer TEXT NOT NULL, 
	browser TEXT NOT NULL, 
	half INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_cookie PRIMARY KEY (id), 
	CONSTRAINT fk_cookie_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE, 
	CONSTRAINT uq_cookie_hash UNIQUE (hash)
);
CREATE TABLE copying (
	id INTEGER NOT NULL, 
	space_id INTEGER NOT NULL, 
	blob_id INTEGER NOT NULL, 
	"after" INTEGER DEFAULT '0' NOT NULL, 
	without TEXT DEFAULT '' NOT NULL, 
	created INTEGER NOT NULL, 
	CONSTRAINT pk_copying PRIMARY KEY (id), 
	CONSTRAINT fk_copying_blob_id FOREIGN KEY(blob_id) REFERENCES blob (id), 
	CONSTRAINT fk_copying_space_id FOREIGN KEY(space_id) REFERENCES space (id) ON DELETE CASCADE
);
CREATE TABLE credential (
	id INTEGER NOT NULL, 
	account_id INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	label TEXT DEFAULT '' NOT NULL, 
	lookup TEXT, 
	verifier TEXT NOT NULL, 
	services TEXT DEFAULT '' NOT NULL, 
	created INTEGER NOT NULL, 
	used INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_credential PRIMARY KEY (id), 
	CONSTRAINT fk_credential_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE, 
	CONSTRAINT uq_credential_lookup UNIQUE (lookup)
);
INSERT INTO "credential" VALUES(1,1,'password','',NULL,'none','',1795534314500,0);
INSERT INTO "credential" VALUES(2,2,'password','',NULL,'none','',1795534314500,0);
CREATE TABLE dav_lock (
	token TEXT NOT NULL, 
	collection_id INTEGER, 
	item_id INTEGER, 
	account_id INTEGER NOT NULL, 
	scope TEXT NOT NULL, 
	depth TEXT NOT NULL, 
	owner TEXT NOT NULL, 
	expires INTEGER NOT NULL, 
	created INTEGER NOT NULL, 
	CONSTRAINT pk_dav_lock PRIMARY KEY (token), 
	CONSTRAINT fk_dav_lock_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE, 
	CONSTRAINT fk_dav_lock_collection_id FOREIGN KEY(collection_id) REFERENCES collection (id) ON DELETE CASCADE, 
	CONSTRAINT fk_dav_lock_item_id FOREIGN KEY(item_id) REFERENCES item (id) ON DELETE CASCADE
);
CREATE TABLE dead_property (
	id INTEGER NOT NULL, 
	collection_id INTEGER, 
	item_id INTEGER, 
	name TEXT NOT NULL, 
	value TEXT NOT NULL, 
	CONSTRAINT pk_dead_property PRIMARY KEY (id), 
	CONSTRAINT ck_dead_property_one_owner CHECK ((collection_id IS NULL) <> (item_id IS NULL)), 
	CONSTRAINT fk_dead_property_collection_id FOREIGN KEY(collection_id) REFERENCES collection (id) ON DELETE CASCADE, 
	CONSTRAINT fk_dead_property_item_id FOREIGN KEY(item_id) REFERENCES item (id) ON DELETE CASCADE
);
CREATE TABLE deposit (
	item_id INTEGER NOT NULL, 
	account_id INTEGER NOT NULL, 
	owner_id INTEGER NOT NULL, 
	shared INTEGER NOT NULL, 
	collection_id INTEGER NOT NULL, 
	kept TEXT NOT NULL, 
	blob_id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	dropped INTEGER NOT NULL, 
	told INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_deposit PRIMARY KEY (item_id), 
	CONSTRAINT fk_deposit_item_id FOREIGN KEY(item_id) REFERENCES item (id) ON DELETE CASCADE, 
	CONSTRAINT fk_deposit_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE
);
CREATE TABLE disuse (
	account_id INTEGER NOT NULL, 
	first INTEGER NOT NULL, 
	days INTEGER NOT NULL, 
	CONSTRAINT pk_disuse PRIMARY KEY (account_id), 
	CONSTRAINT fk_disuse_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE
);
CREATE TABLE domain (
	id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	standard INTEGER DEFAULT '0' NOT NULL, 
	created INTEGER NOT NULL, organisation_id INTEGER, removed INTEGER DEFAULT '0' NOT NULL, dkim_selector TEXT DEFAULT '' NOT NULL, dkim_key TEXT DEFAULT '' NOT NULL, next_selector TEXT DEFAULT '' NOT NULL, next_key TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_domain PRIMARY KEY (id), 
	CONSTRAINT uq_domain_name UNIQUE (name)
);
INSERT INTO "domain" VALUES(1,'example.test',1,1795534314500,NULL,0,'','','','');
CREATE TABLE domain_claim (
	organisation_id INTEGER NOT NULL, 
	created INTEGER NOT NULL, 
	asked INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	proof TEXT NOT NULL, 
	CONSTRAINT pk_domain_claim PRIMARY KEY (organisation_id, name), 
	CONSTRAINT fk_domain_claim_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id) ON DELETE CASCADE
);
CREATE TABLE former_address (
	digest BLOB NOT NULL, 
	until INTEGER NOT NULL, 
	CONSTRAINT pk_former_address PRIMARY KEY (digest)
);
CREATE TABLE gone (
	id INTEGER NOT NULL, 
	space_id INTEGER NOT NULL, 
	collection_id INTEGER NOT NULL, 
	item_id INTEGER NOT NULL, 
	name TEXT, 
	uid INTEGER, 
	modseq INTEGER NOT NULL, privacy INTEGER DEFAULT '0' NOT NULL, author_id INTEGER, busy INTEGER DEFAULT '1' NOT NULL, 
	CONSTRAINT pk_gone PRIMARY KEY (id), 
	CONSTRAINT fk_gone_space_id FOREIGN KEY(space_id) REFERENCES space (id) ON DELETE CASCADE
);
CREATE TABLE group_right (
	group_id INTEGER NOT NULL, 
	principal_id INTEGER NOT NULL, 
	tool TEXT NOT NULL, 
	preset TEXT NOT NULL, 
	CONSTRAINT pk_group_right PRIMARY KEY (group_id, principal_id, tool), 
	CONSTRAINT fk_group_right_group_id FOREIGN KEY(group_id) REFERENCES grouping (id) ON DELETE CASCADE, 
	CONSTRAINT fk_group_right_principal_id FOREIGN KEY(principal_id) REFERENCES principal (id) ON DELETE CASCADE
);
INSERT INTO "group_right" VALUES(3,2,'documents','contribute');
CREATE TABLE grouping (
	id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	administrator_id INTEGER NOT NULL, state TEXT DEFAULT 'active' NOT NULL, state_since INTEGER DEFAULT '0' NOT NULL, kept INTEGER DEFAULT '0' NOT NULL, ends INTEGER DEFAULT '0' NOT NULL, posting TEXT DEFAULT 'members' NOT NULL, held_told INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_grouping PRIMARY KEY (id), 
	CONSTRAINT fk_grouping_administrator_id FOREIGN KEY(administrator_id) REFERENCES account (id) ON DELETE CASCADE, 
	CONSTRAINT fk_grouping_id FOREIGN KEY(id) REFERENCES principal (id) ON DELETE CASCADE, 
	CONSTRAINT uq_grouping_name UNIQUE (name)
);
INSERT INTO "grouping" VALUES(3,'team',1,'active',0,0,0,'members',0);
CREATE TABLE invitation (
	id INTEGER NOT NULL, 
	group_id INTEGER NOT NULL, 
	address TEXT NOT NULL, 
	token BLOB NOT NULL, 
	invited_by INTEGER, 
	created INTEGER NOT NULL, 
	expires INTEGER NOT NULL, 
	sent INTEGER NOT NULL, 
	letters INTEGER NOT NULL, 
	answer TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_invitation PRIMARY KEY (id), 
	CONSTRAINT fk_invitation_group_id FOREIGN KEY(group_id) REFERENCES grouping (id) ON DELETE CASCADE, 
	CONSTRAINT uq_invitation_token UNIQUE (token), 
	CONSTRAINT uq_invitation_group_id_address UNIQUE (group_id, address)
);
CREATE TABLE item (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	collection_id INTEGER NOT NULL, 
	name TEXT, 
	uid INTEGER, 
	modseq INTEGER NOT NULL, 
	flags INTEGER DEFAULT '0' NOT NULL, 
	keywords TEXT DEFAULT '' NOT NULL, 
	size INTEGER NOT NULL, 
	stamp INTEGER NOT NULL, 
	blob_id INTEGER NOT NULL, 
	author_id INTEGER, privacy INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT ck_item_name_or_uid CHECK ((name IS NULL) <> (uid IS NULL)), 
	CONSTRAINT fk_item_blob_id FOREIGN KEY(blob_id) REFERENCES blob (id), 
	CONSTRAINT fk_item_collection_id FOREIGN KEY(collection_id) REFERENCES collection (id) ON DELETE CASCADE
);
INSERT INTO "item" VALUES(1,5,NULL,1,1,1,'$Kept',132,1795534314500,1,1,0);
CREATE TABLE known_peer (
	account_id INTEGER NOT NULL, 
	peer TEXT NOT NULL, 
	seen INTEGER NOT NULL, 
	CONSTRAINT pk_known_peer PRIMARY KEY (account_id, peer), 
	CONSTRAINT fk_known_peer_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE
);
CREATE TABLE managed (
	account_id INTEGER NOT NULL, 
	organisation_id INTEGER NOT NULL, 
	since INTEGER NOT NULL, 
	held INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_managed PRIMARY KEY (account_id), 
	CONSTRAINT fk_managed_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE, 
	CONSTRAINT fk_managed_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id) ON DELETE CASCADE
);
CREATE TABLE member (
	group_id INTEGER NOT NULL, 
	account_id INTEGER NOT NULL, 
	joined INTEGER NOT NULL, role TEXT DEFAULT 'member' NOT NULL, address_id INTEGER, copies INTEGER DEFAULT '1' NOT NULL, 
	CONSTRAINT pk_member PRIMARY KEY (group_id, account_id), 
	CONSTRAINT fk_member_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE, 
	CONSTRAINT fk_member_group_id FOREIGN KEY(group_id) REFERENCES grouping (id) ON DELETE CASCADE
);
INSERT INTO "member" VALUES(3,1,1795534314500,'member',NULL,1);
INSERT INTO "member" VALUES(3,2,1795534314500,'member',NULL,1);
CREATE TABLE member_card (
	collection_id INTEGER NOT NULL, 
	account_id INTEGER NOT NULL, 
	face BLOB NOT NULL, 
	modseq INTEGER NOT NULL, 
	stamp INTEGER NOT NULL, 
	CONSTRAINT pk_member_card PRIMARY KEY (collection_id, account_id), 
	CONSTRAINT fk_member_card_collection_id FOREIGN KEY(collection_id) REFERENCES collection (id) ON DELETE CASCADE
);
CREATE TABLE message (
	blob_id INTEGER NOT NULL, 
	envelope BLOB NOT NULL, 
	structure BLOB NOT NULL, 
	parts BLOB NOT NULL, 
	words BLOB NOT NULL, 
	sent INTEGER, 
	CONSTRAINT pk_message PRIMARY KEY (blob_id), 
	CONSTRAINT fk_message_blob_id FOREIGN KEY(blob_id) REFERENCES blob (id) ON DELETE CASCADE
);
INSERT INTO "message" VALUES(1,X'28225468752C2031204A616E20323032362031303A30303A3030202B303030302220226B657074222028284E494C204E494C2022626F622220226578616D706C652E746573742229292028284E494C204E494C2022626F622220226578616D706C652E746573742229292028284E494C204E494C2022626F622220226578616D706C652E746573742229292028284E494C204E494C2022616C6963652220226578616D706C652E74657374222929204E494C204E494C204E494C204E494C29',X'282274657874222022706C61696E222028226368617273657422202275732D61736369692229204E494C204E494C202237626974222032392031204E494C204E494C204E494C204E494C29',X'302030203020313332203130332037626974206D6573736167652F726663383232202D0A31203020313033203133322030203762697420746578742F706C61696E2075732D6173636969',X'626F62406578616D706C652E7465737400616C696365406578616D706C652E746573740000006B6570740000',1767261600000);
CREATE TABLE mount (
	id INTEGER NOT NULL, 
	account_id INTEGER NOT NULL, 
	collection_id INTEGER, 
	item_id INTEGER, 
	name TEXT NOT NULL, 
	number INTEGER NOT NULL, 
	CONSTRAINT pk_mount PRIMARY KEY (id), 
	CONSTRAINT fk_mount_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE, 
	CONSTRAINT fk_mount_collection_id FOREIGN KEY(collection_id) REFERENCES collection (id) ON DELETE CASCADE, 
	CONSTRAINT fk_mount_item_id FOREIGN KEY(item_id) REFERENCES item (id) ON DELETE CASCADE, 
	CONSTRAINT uq_mount_collection_id_account_id UNIQUE (collection_id, account_id), 
	CONSTRAINT uq_mount_item_id_account_id UNIQUE (item_id, account_id)
);
CREATE TABLE object_index (
	item_id INTEGER NOT NULL, 
	ical_uid TEXT NOT NULL, 
	component TEXT NOT NULL, 
	first INTEGER, 
	last INTEGER, 
	once INTEGER DEFAULT '0' NOT NULL, busy INTEGER DEFAULT '1' NOT NULL, form INTEGER DEFAULT '0' NOT NULL, collection_id INTEGER DEFAULT '0' NOT NULL, days INTEGER DEFAULT '0' NOT NULL, title TEXT DEFAULT '' NOT NULL, detail TEXT DEFAULT '' NOT NULL, status TEXT DEFAULT '' NOT NULL, sort TEXT DEFAULT '' NOT NULL, words TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_object_index PRIMARY KEY (item_id), 
	CONSTRAINT fk_object_index_item_id FOREIGN KEY(item_id) REFERENCES item (id) ON DELETE CASCADE
);
CREATE TABLE organisation (
	id INTEGER NOT NULL, 
	owner_id INTEGER NOT NULL, 
	created INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	CONSTRAINT pk_organisation PRIMARY KEY (id), 
	CONSTRAINT fk_organisation_id FOREIGN KEY(id) REFERENCES principal (id) ON DELETE CASCADE, 
	CONSTRAINT fk_organisation_owner_id FOREIGN KEY(owner_id) REFERENCES account (id) ON DELETE CASCADE, 
	CONSTRAINT uq_organisation_name UNIQUE (name)
);
CREATE TABLE outbox (
	id INTEGER NOT NULL, 
	space_id INTEGER, 
	blob_id INTEGER NOT NULL, 
	sender TEXT NOT NULL, 
	envelope_id TEXT DEFAULT '' NOT NULL, 
	ret TEXT DEFAULT '' NOT NULL, 
	size INTEGER NOT NULL, 
	smtputf8 INTEGER DEFAULT '0' NOT NULL, 
	created INTEGER NOT NULL, 
	expires INTEGER NOT NULL, 
	CONSTRAINT pk_outbox PRIMARY KEY (id), 
	CONSTRAINT fk_outbox_blob_id FOREIGN KEY(blob_id) REFERENCES blob (id), 
	CONSTRAINT fk_outbox_space_id FOREIGN KEY(space_id) REFERENCES space (id) ON DELETE CASCADE
);
CREATE TABLE outbox_recipient (
	id INTEGER NOT NULL, 
	outbox_id INTEGER NOT NULL, 
	recipient TEXT NOT NULL, 
	original TEXT DEFAULT '' NOT NULL, 
	notify TEXT DEFAULT '' NOT NULL, 
	domain TEXT NOT NULL, 
	state TEXT NOT NULL, 
	attempts INTEGER DEFAULT '0' NOT NULL, 
	next_at INTEGER NOT NULL, 
	lease_until INTEGER DEFAULT '0' NOT NULL, 
	delayed INTEGER DEFAULT '0' NOT NULL, 
	last_reply TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_outbox_recipient PRIMARY KEY (id), 
	CONSTRAINT fk_outbox_recipient_outbox_id FOREIGN KEY(outbox_id) REFERENCES outbox (id) ON DELETE CASCADE
);
CREATE TABLE own_property (
	account_id INTEGER NOT NULL, 
	collection_id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	value TEXT NOT NULL, 
	CONSTRAINT pk_own_property PRIMARY KEY (account_id, collection_id, name), 
	CONSTRAINT fk_own_property_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE, 
	CONSTRAINT fk_own_property_collection_id FOREIGN KEY(collection_id) REFERENCES collection (id) ON DELETE CASCADE
);
CREATE TABLE passkey (
	id INTEGER NOT NULL, 
	account_id INTEGER NOT NULL, 
	device_id BLOB NOT NULL, 
	public BLOB NOT NULL, 
	uses INTEGER DEFAULT '0' NOT NULL, 
	label TEXT NOT NULL, 
	site TEXT NOT NULL, 
	created INTEGER NOT NULL, 
	used INTEGER DEFAULT '0' NOT NULL, 
	taken INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_passkey PRIMARY KEY (id), 
	CONSTRAINT fk_passkey_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE, 
	CONSTRAINT uq_passkey_device_id UNIQUE (device_id)
);
CREATE TABLE "plan" (
	id INTEGER NOT NULL, 
	code TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	title TEXT NOT NULL, 
	capacities TEXT NOT NULL, 
	features TEXT NOT NULL, 
	CONSTRAINT pk_plan PRIMARY KEY (id), 
	CONSTRAINT uq_plan_code_version UNIQUE (code, version)
);
INSERT INTO "plan" VALUES(1,'demo',1,'Demo','{"aliases": 100, "calendar_bytes": 1000000000, "calendar_items": 1000000, "contacts_bytes": 1000000000, "contacts_items": 1000000, "documents_bytes": 1000000000, "documents_items": 1000000, "domains": 10, "free_managed": 1000, "groups": 100, "mail_bytes": 1000000000, "mail_items": 1000000, "managed_accounts": 1000, "members_per_group": 2000}','["caldav", "carddav", "imap", "smtp", "webdav"]');
INSERT INTO "plan" VALUES(2,'small',1,'Small','{"aliases": 1, "calendar_bytes": 1000000, "calendar_items": 1000, "contacts_bytes": 1000000, "contacts_items": 1000, "documents_bytes": 1000000, "documents_items": 1000, "domains": 1, "free_managed": 1, "groups": 2, "mail_bytes": 1000000, "mail_items": 1000, "managed_accounts": 2, "members_per_group": 3}','["caldav", "carddav", "imap", "smtp", "webdav"]');
INSERT INTO "plan" VALUES(3,'big',1,'Big','{"aliases": 1000, "calendar_bytes": 1000000000000, "calendar_items": 100000000, "contacts_bytes": 1000000000000, "contacts_items": 100000000, "documents_bytes": 1000000000000, "documents_items": 100000000, "domains": 100, "free_managed": 100000, "groups": 1000, "mail_bytes": 1000000000000, "mail_items": 100000000, "managed_accounts": 100000, "members_per_group": 10000}','["caldav", "carddav", "imap", "smtp", "webdav"]');
CREATE TABLE preference (
	account_id INTEGER NOT NULL, 
	idle_minutes INTEGER NOT NULL, 
	language TEXT NOT NULL, zone TEXT DEFAULT '' NOT NULL, unwanted TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_preference PRIMARY KEY (account_id), 
	CONSTRAINT fk_preference_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE
);
CREATE TABLE principal (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	kind TEXT NOT NULL, 
	created INTEGER NOT NULL
);
INSERT INTO "principal" VALUES(1,'account',1795534314500);
INSERT INTO "principal" VALUES(2,'account',1795534314500);
INSERT INTO "principal" VALUES(3,'group',1795534314500);
CREATE TABLE profile (
	account_id INTEGER NOT NULL, 
	first TEXT DEFAULT '' NOT NULL, 
	last TEXT DEFAULT '' NOT NULL, 
	organisation TEXT DEFAULT '' NOT NULL, 
	media TEXT DEFAULT '' NOT NULL, 
	version INTEGER DEFAULT '0' NOT NULL, 
	picture BLOB, 
	CONSTRAINT pk_profile PRIMARY KEY (account_id), 
	CONSTRAINT fk_profile_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE
);
CREATE TABLE proposal (
	group_id INTEGER NOT NULL, 
	account_id INTEGER NOT NULL, 
	made_by INTEGER, 
	created INTEGER NOT NULL, 
	expires INTEGER NOT NULL, 
	declined INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_proposal PRIMARY KEY (group_id, account_id), 
	CONSTRAINT fk_proposal_group_id FOREIGN KEY(group_id) REFERENCES grouping (id) ON DELETE CASCADE, 
	CONSTRAINT fk_proposal_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE
);
CREATE TABLE recovery_code (
	account_id INTEGER NOT NULL, 
	hash BLOB NOT NULL, 
	CONSTRAINT pk_recovery_code PRIMARY KEY (account_id, hash), 
	CONSTRAINT fk_recovery_code_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE
);
CREATE TABLE reservation (
	id INTEGER NOT NULL, 
	space_id INTEGER NOT NULL, 
	tool TEXT NOT NULL, 
	bytes INTEGER NOT NULL, 
	expires INTEGER NOT NULL, 
	CONSTRAINT pk_reservation PRIMARY KEY (id), 
	CONSTRAINT fk_reservation_space_id FOREIGN KEY(space_id) REFERENCES space (id) ON DELETE CASCADE
);
CREATE TABLE second_factor (
	account_id INTEGER NOT NULL, 
	secret BLOB NOT NULL, 
	since INTEGER NOT NULL, 
	step INTEGER DEFAULT '0' NOT NULL, 
	wrong INTEGER DEFAULT '0' NOT NULL, 
	wrong_at INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_second_factor PRIMARY KEY (account_id), 
	CONSTRAINT fk_second_factor_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE
);
CREATE TABLE seen_by (
	item_id INTEGER NOT NULL, 
	account_id INTEGER NOT NULL, 
	collection_id INTEGER NOT NULL, 
	seen INTEGER NOT NULL, 
	modseq INTEGER NOT NULL, 
	CONSTRAINT pk_seen_by PRIMARY KEY (item_id, account_id), 
	CONSTRAINT fk_seen_by_item_id FOREIGN KEY(item_id) REFERENCES item (id) ON DELETE CASCADE, 
	CONSTRAINT fk_seen_by_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE
);
CREATE TABLE segment (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	live INTEGER DEFAULT '0' NOT NULL, 
	dead_since INTEGER DEFAULT '0' NOT NULL
);
CREATE TABLE share (
	id INTEGER NOT NULL, 
	collection_id INTEGER, 
	item_id INTEGER, 
	owner_id INTEGER NOT NULL, 
	group_id INTEGER NOT NULL, 
	principal_id INTEGER NOT NULL, 
	preset TEXT NOT NULL, 
	created_by INTEGER, 
	created INTEGER NOT NULL, 
	CONSTRAINT pk_share PRIMARY KEY (id), 
	CONSTRAINT ck_share_one_resource CHECK ((collection_id IS NULL) <> (item_id IS NULL)), 
	CONSTRAINT fk_share_collection_id FOREIGN KEY(collection_id) REFERENCES collection (id) ON DELETE CASCADE, 
	CONSTRAINT fk_share_item_id FOREIGN KEY(item_id) REFERENCES item (id) ON DELETE CASCADE, 
	CONSTRAINT fk_share_owner_id FOREIGN KEY(owner_id) REFERENCES principal (id) ON DELETE CASCADE, 
	CONSTRAINT fk_share_group_id FOREIGN KEY(group_id) REFERENCES grouping (id) ON DELETE CASCADE, 
	CONSTRAINT fk_share_principal_id FOREIGN KEY(principal_id) REFERENCES principal (id) ON DELETE CASCADE, 
	CONSTRAINT uq_share_collection_id_group_id_principal_id UNIQUE (collection_id, group_id, principal_id), 
	CONSTRAINT uq_share_item_id_group_id_principal_id UNIQUE (item_id, group_id, principal_id)
);
CREATE TABLE shown (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	collection_id INTEGER NOT NULL, 
	item_id INTEGER NOT NULL, 
	name TEXT, 
	uid INTEGER, 
	modseq INTEGER NOT NULL, 
	flags INTEGER DEFAULT '0' NOT NULL, 
	keywords TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT ck_shown_name_or_uid CHECK ((name IS NULL) <> (uid IS NULL)), 
	CONSTRAINT fk_shown_collection_id FOREIGN KEY(collection_id) REFERENCES collection (id) ON DELETE CASCADE, 
	CONSTRAINT fk_shown_item_id FOREIGN KEY(item_id) REFERENCES item (id) ON DELETE CASCADE, 
	CONSTRAINT uq_shown_collection_id_item_id UNIQUE (collection_id, item_id)
);
CREATE TABLE space (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	owner_id INTEGER NOT NULL, 
	modseq INTEGER DEFAULT '0' NOT NULL, 
	floor INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT fk_space_owner_id FOREIGN KEY(owner_id) REFERENCES principal (id) ON DELETE CASCADE, 
	CONSTRAINT uq_space_owner_id UNIQUE (owner_id)
);
INSERT INTO "space" VALUES(1,1,1,0);
INSERT INTO "space" VALUES(2,2,1,0);
INSERT INTO "space" VALUES(3,3,1,0);
CREATE TABLE subscribed (
	account_id INTEGER NOT NULL, 
	mailbox TEXT NOT NULL, wanted INTEGER DEFAULT '1' NOT NULL, 
	CONSTRAINT pk_subscribed PRIMARY KEY (account_id, mailbox), 
	CONSTRAINT fk_subscribed_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE
);
INSERT INTO "subscribed" VALUES(1,'INBOX',1);
INSERT INTO "subscribed" VALUES(1,'Drafts',1);
INSERT INTO "subscribed" VALUES(1,'Sent',1);
INSERT INTO "subscribed" VALUES(1,'Junk',1);
INSERT INTO "subscribed" VALUES(1,'Trash',1);
INSERT INTO "subscribed" VALUES(1,'Archive',1);
INSERT INTO "subscribed" VALUES(2,'INBOX',1);
INSERT INTO "subscribed" VALUES(2,'Drafts',1);
INSERT INTO "subscribed" VALUES(2,'Sent',1);
INSERT INTO "subscribed" VALUES(2,'Junk',1);
INSERT INTO "subscribed" VALUES(2,'Trash',1);
INSERT INTO "subscribed" VALUES(2,'Archive',1);
CREATE TABLE subscription (
	account_id INTEGER NOT NULL, 
	plan_id INTEGER NOT NULL, 
	starts INTEGER NOT NULL, 
	paid_until INTEGER, overrides TEXT DEFAULT '' NOT NULL, next_plan TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_subscription PRIMARY KEY (account_id), 
	CONSTRAINT fk_subscription_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE, 
	CONSTRAINT fk_subscription_plan_id FOREIGN KEY(plan_id) REFERENCES "plan" (id)
);
INSERT INTO "subscription" VALUES(1,1,1795534314500,NULL,'','');
INSERT INTO "subscription" VALUES(2,1,1795534314500,NULL,'','');
CREATE TABLE token (
	id INTEGER NOT NULL, 
	account_id INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	hash BLOB NOT NULL, 
	created INTEGER NOT NULL, 
	expires INTEGER NOT NULL, 
	CONSTRAINT pk_token PRIMARY KEY (id), 
	CONSTRAINT fk_token_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE, 
	CONSTRAINT uq_token_hash UNIQUE (hash)
);
CREATE TABLE transfer (
	account_id INTEGER NOT NULL, 
	organisation_id INTEGER NOT NULL, 
	created INTEGER NOT NULL, 
	expires INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	side TEXT NOT NULL, 
	login TEXT DEFAULT '' NOT NULL, 
	answer TEXT DEFAULT '' NOT NULL, 
	token BLOB NOT NULL, 
	CONSTRAINT pk_transfer PRIMARY KEY (account_id, organisation_id), 
	CONSTRAINT fk_transfer_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE, 
	CONSTRAINT fk_transfer_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id) ON DELETE CASCADE, 
	CONSTRAINT uq_transfer_token UNIQUE (token)
);
CREATE TABLE usage (
	space_id INTEGER NOT NULL, 
	tool TEXT NOT NULL, 
	bytes INTEGER DEFAULT '0' NOT NULL, 
	items INTEGER DEFAULT '0' NOT NULL, over_since INTEGER DEFAULT '0' NOT NULL, level INTEGER DEFAULT '0' NOT NULL, told INTEGER DEFAULT '0' NOT NULL, over_bytes INTEGER DEFAULT '0' NOT NULL, over_items INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_usage PRIMARY KEY (space_id, tool), 
	CONSTRAINT fk_usage_space_id FOREIGN KEY(space_id) REFERENCES space (id) ON DELETE CASCADE
);
INSERT INTO "usage" VALUES(1,'mail',132,1,0,0,0,0,0);
INSERT INTO "usage" VALUES(1,'documents',0,0,0,0,0,0,0);
INSERT INTO "usage" VALUES(1,'calendar',0,0,0,0,0,0,0);
INSERT INTO "usage" VALUES(1,'contacts',0,0,0,0,0,0,0);
INSERT INTO "usage" VALUES(2,'mail',0,0,0,0,0,0,0);
INSERT INTO "usage" VALUES(2,'documents',0,0,0,0,0,0,0);
INSERT INTO "usage" VALUES(2,'calendar',0,0,0,0,0,0,0);
INSERT INTO "usage" VALUES(2,'contacts',0,0,0,0,0,0,0);
INSERT INTO "usage" VALUES(3,'mail',0,0,0,0,0,0,0);
INSERT INTO "usage" VALUES(3,'documents',0,0,0,0,0,0,0);
INSERT INTO "usage" VALUES(3,'calendar',0,0,0,0,0,0,0);
INSERT INTO "usage" VALUES(3,'contacts',0,0,0,0,0,0,0);
CREATE INDEX ix_address_principal_id ON address (principal_id);
CREATE INDEX ix_blob_segment_id ON blob (segment_id);
CREATE INDEX ix_collection_parent_id ON collection (parent_id);
CREATE UNIQUE INDEX ux_collection_root ON collection (space_id, tool) WHERE parent_id IS NULL;
CREATE INDEX ix_credential_account_id ON credential (account_id);
CREATE INDEX ix_gone_collection_id_modseq ON gone (collection_id, modseq);
CREATE INDEX ix_gone_space_id_modseq ON gone (space_id, modseq);
CREATE INDEX ix_grouping_administrator_id ON grouping (administrator_id);
CREATE INDEX ix_subscription_plan_id ON subscription (plan_id);
CREATE INDEX ix_item_blob_id ON item (blob_id);
CREATE INDEX ix_item_collection_id_modseq ON item (collection_id, modseq);
CREATE UNIQUE INDEX ux_item_name ON item (collection_id, name) WHERE name IS NOT NULL;
CREATE UNIQUE INDEX ux_item_uid ON item (collection_id, uid) WHERE uid IS NOT NULL;
CREATE INDEX ix_member_account_id ON member (account_id);
CREATE INDEX ix_dav_lock_collection_id ON dav_lock (collection_id);
CREATE INDEX ix_dav_lock_item_id ON dav_lock (item_id);
CREATE UNIQUE INDEX ux_dead_property_collection ON dead_property (collection_id, name);
CREATE UNIQUE INDEX ux_dead_property_item ON dead_property (item_id, name);
CREATE INDEX ix_outbox_recipient_outbox_id ON outbox_recipient (outbox_id);
CREATE INDEX ix_outbox_recipient_state_next_at ON outbox_recipient (state, next_at);
CREATE INDEX ix_item_private ON item (collection_id) WHERE privacy != 0;
CREATE INDEX ix_shown_item_id ON shown (item_id);
CREATE INDEX ix_shown_collection_id_modseq ON shown (collection_id, modseq);
CREATE INDEX ix_act_space_id_id ON act (space_id, id);
CREATE INDEX ix_act_actor_id ON act (actor_id);
CREATE INDEX ix_act_whom ON act (whom_id) WHERE whom_id IS NOT NULL;
CREATE INDEX ix_proposal_account_id ON proposal (account_id);
CREATE INDEX ix_share_principal_id ON share (principal_id);
CREATE INDEX ix_share_owner_id ON share (owner_id);
CREATE INDEX ix_share_group_id ON share (group_id);
CREATE INDEX ix_token_account_id ON token (account_id);
CREATE INDEX ix_seen_by_account_id_collection_id_modseq_seen ON seen_by (account_id, collection_id, modseq, seen);
CREATE INDEX ix_reservation_space_id_tool ON reservation (space_id, tool);
CREATE INDEX ix_deposit_account_id_owner_id ON deposit (account_id, owner_id);
CREATE INDEX ix_deposit_untold ON deposit (owner_id) WHERE told = 0;
CREATE INDEX ix_busy_feed_calendar_id ON busy_feed (calendar_id);
CREATE INDEX ix_object_index_form ON object_index (form);
CREATE INDEX ix_own_property_collection_id ON own_property (collection_id);
CREATE INDEX ix_organisation_owner_id ON organisation (owner_id);
CREATE INDEX ix_transfer_organisation_id ON transfer (organisation_id);
CREATE INDEX ix_managed_organisation_id ON managed (organisation_id);
CREATE INDEX ix_domain_organisation_id ON domain (organisation_id);
CREATE INDEX ix_copying_space_id ON copying (space_id);
CREATE INDEX ix_mount_account_id ON mount (account_id);
CREATE INDEX ix_cookie_account_id ON cookie (account_id);
CREATE INDEX ix_api_token_organisation_id ON api_token (organisation_id);
CREATE INDEX ix_object_index_collection_id_ical_uid ON object_index (collection_id, ical_uid);
CREATE INDEX ix_object_index_collection_id_last_first ON object_index (collection_id, last, first);
CREATE INDEX ix_object_index_collection_id_sort ON object_index (collection_id, sort);
CREATE INDEX ix_passkey_account_id ON passkey (account_id);
CREATE INDEX ix_act_of_accounts ON act (space_id, at) WHERE kind IN ('account made', 'came under an organisation', 'login changed', 'transfer asked for', 'transfer withdrawn', 'transfer declined', 'suspended', 'resumed', 'lapsed', 'closed', 'restored', 'plan changed', 'password changed', 'address given', 'address removed', 'address left behind');
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('principal',3);
INSERT INTO "sqlite_sequence" VALUES('space',3);
INSERT INTO "sqlite_sequence" VALUES('collection',33);
INSERT INTO "sqlite_sequence" VALUES('blob',1);
INSERT INTO "sqlite_sequence" VALUES('item',1);
COMMIT;
