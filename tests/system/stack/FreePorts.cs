using OpsDb.Servers;
using OpsDb.Stack;

namespace OpsDb.SystemTests.Stack;

internal static class FreePorts
{
    /// <summary>A port base from which a whole stack can start, also later and again: no other test of this process is given its ports.</summary>
    public static int Base() => Ports.Next([.. new StackPorts(0).Needed(new(null, null, null)).Select(p => p.Port)]);
}
