"""The rooms of a store over tables, whatever database holds these.

They know the tables and the steps. The words of each statement lie with the database (`sqlite/sql`,
`postgresql/sql`), under the same names everywhere.
"""
