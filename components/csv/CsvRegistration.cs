using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.Csv;

public static class CsvRegistration
{
    /// <summary>Registers <see cref="ITextTables"/>.</summary>
    public static IServiceCollection AddCsv(this IServiceCollection services) => services.AddSingleton<ITextTables, CsvTexts>();

    private sealed class CsvTexts : ITextTables
    {
        public TextTable Read(string text, TextLayout layout) => CsvFiles.Read(text, layout);
    }
}
