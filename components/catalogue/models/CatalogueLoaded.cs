namespace OpsDb.Catalogue;

/// <summary>What a load did to one table.</summary>
/// <param name="Unchanged">Rows of the file that the table had already.</param>
public sealed record LoadCounts(int Created, int Updated, int Unchanged);

/// <summary>What a load did.</summary>
/// <param name="Tables">By table, in the order in which the tables refer to each other.</param>
public sealed record CatalogueLoaded(IReadOnlyDictionary<string, LoadCounts> Tables);
