/** What the global setups provide to the tests. A test reads it with Vitest's `inject('name')`. */
declare module 'vitest' {
  export interface ProvidedContext {
    /** Path of the time-skipping test server, for `startTimeSkipping()`. Projects: workflows, server. */
    testServerPath: string;
    /** host:port of the run's one Temporal dev server, namespace `default`. Project: server. */
    temporalAddress: string;
    /** Address of that server's Web UI; '' where the server is somebody else's, of which the tests do not know it. Project: server. */
    temporalUi: string;
    /** Superuser's connection string of the run's one throwaway PostgreSQL 18. Projects: postgres, server. */
    postgresUrl: string;
    /** Where `startRealm()` asks for the run's one Keycloak. Projects: postgres, browser. */
    keycloakOnDemand: string;
  }
}

export {};
