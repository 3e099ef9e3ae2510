using System.Collections.Concurrent;
using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace OpsDb.Web;

/// <summary>What the sources say of a type and its members: their documentation files, which lie beside the assemblies.</summary>
internal sealed partial class SourceTexts
{
    private readonly ConcurrentDictionary<Assembly, IReadOnlyDictionary<string, XElement>> files = new();

    public string? Of(Type type) => Text(Find(type.Assembly, $"T:{NameOf(type)}")?.Element("summary"));

    public string? Of(MemberInfo member) => Text(Find(member) is { } found ? found.Element("summary") ?? found : null);

    /// <summary>The value that the source gives as an example.</summary>
    public string? ExampleOf(MemberInfo member) => Find(member)?.Descendants("example").FirstOrDefault()?.Value.Trim();

    /// <summary>A property of its own, or the parameter of a record that it was made from.</summary>
    private XElement? Find(MemberInfo member)
    {
        var type = member.DeclaringType!;
        return Find(type.Assembly, $"{(member is FieldInfo ? 'F' : 'P')}:{NameOf(type)}.{member.Name}")
            ?? Find(type.Assembly, $"T:{NameOf(type)}")?.Elements("param").FirstOrDefault(p => p.Attribute("name")?.Value == member.Name);
    }

    private static string NameOf(Type type) => (type.IsGenericType ? type.GetGenericTypeDefinition() : type).FullName!.Replace('+', '.');

    private XElement? Find(Assembly assembly, string name) => files.GetOrAdd(assembly, Read).GetValueOrDefault(name);

    private static IReadOnlyDictionary<string, XElement> Read(Assembly assembly)
    {
        var file = Path.ChangeExtension(assembly.Location, ".xml");
        return File.Exists(file)
            ? XDocument.Load(file).Descendants("member").ToDictionary(m => m.Attribute("name")!.Value)
            : new Dictionary<string, XElement>();
    }

    private static string? Text(XElement? element)
    {
        if (element is null)
            return null;
        var text = string.Concat(element.Nodes().Select(node => node switch
        {
            XText plain => plain.Value,
            XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
            XElement { Name.LocalName: "example" } => "",
            XElement { Name.LocalName: "see" } see => $"`{see.Attribute("cref")?.Value.Split('.', ':')[^1]}`",
            _ => "",
        }));
        return Spaces().Replace(text, " ").Trim() is { Length: > 0 } trimmed ? trimmed : null;
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
