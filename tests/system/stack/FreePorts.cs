using OpsDb.Servers;
using OpsDb.Stack;

namespace OpsDb.SystemTests.Stack;

internal static class FreePorts
{
    /// <summary>A port base from which a whole stack could start.</summary>
    public static int Base()
    {
        while (true)
        {
            var portBase = Ports.Next();
            if (new StackPorts(portBase).Needed(new(null, null, null)).All(p => Ports.IsFree(p.Port)))
                return portBase;
        }
    }
}
