using CsCheck;
using EarlyExitGen.Lab.Weights;

namespace EarlyExitGen.Lab.Tests.Weights;

public class WeightNameMapTests
{
    [Fact]
    public void A_prefix_ends_at_a_dot()
    {
        WeightNameMap names = WeightNameMap.Same.Rename("features.1", "stem");
        Assert.Equal("stem.weight", names.ToModule("features.1.weight"));
        Assert.Equal("features.10.weight", names.ToModule("features.10.weight"));
    }

    [Fact]
    public void The_longest_rule_wins()
    {
        WeightNameMap names = WeightNameMap.Same.Rename("net", "body").Rename("net.fc", "last").Ignore("net.fc.old").Ignore("net.head");
        Assert.Equal("body.conv.bias", names.ToModule("net.conv.bias"));
        Assert.Equal("last.bias", names.ToModule("net.fc.bias"));
        Assert.Null(names.ToModule("net.fc.old.bias"));
        Assert.Null(names.ToModule("net.head"));
    }

    [Fact]
    public void The_empty_prefix_adds_and_takes_away()
    {
        Assert.Equal("backbone.fc.bias", WeightNameMap.Same.Rename("", "backbone").ToModule("fc.bias"));
        Assert.Equal("fc.bias", WeightNameMap.Same.Rename("module", "").ToModule("module.fc.bias"));
        Assert.Equal("module.fc.bias", WeightNameMap.Same.Rename("module", "").ToFile("fc.bias"));
    }

    [Fact]
    public void Names_go_there_and_back() =>
        Gen.String[Gen.Char["ab."], 1, 8].Array[1, 4].Sample(names =>
        {
            WeightNameMap map = WeightNameMap.Same;
            string[] prefixes = [.. names.Select(name => name.Replace('.', 'c')).Distinct()];
            for (int index = 0; index < prefixes.Length; index++) map = map.Rename(prefixes[index], $"part{index}");
            foreach (string prefix in prefixes)
            {
                string name = $"{prefix}.weight";
                Assert.Equal(name, map.ToFile(map.ToModule(name)!));
            }
        });

    [Fact]
    public void Two_names_for_one_are_refused()
    {
        Assert.Throws<ArgumentException>(() => WeightNameMap.Same.Rename("a", "x").Rename("b", "x"));
        Assert.Throws<ArgumentException>(() => WeightNameMap.Same.Rename("a", "x").Rename("a", "y"));
    }
}
