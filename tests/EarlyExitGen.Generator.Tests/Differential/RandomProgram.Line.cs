namespace EarlyExitGen.Generator.Tests;

/// <content>What a line of a program may be.</content>
internal sealed partial class RandomProgram
{
    /// <summary>One line, which makes a value of earlier ones.</summary>
    private sealed record Line(int Kind, int First, int Second, int Choice)
    {
        private const int Kinds = 36;

        // What an attention leaves are rows of six features, which the kernels don't divide.
        public bool HasKernels => Kind is not (28 or 29 or 32 or 33 or 34) && !(Kind == 35 && Choice is 3 or > 4);

        public string? Field => Kind switch
        {
            0 => "Conv2d",
            1 or 2 => "Sequential",
            3 => "BatchNorm2d",
            4 => "Conv2d",
            5 => "RandomBlock",
            6 => "ModuleList<RandomBlock>",
            7 => "GroupNorm",
            23 or 24 or 25 or 28 or 29 or 30 or 32 => Choice % 3 == 2 ? "Tensor" : "Parameter",
            33 or 34 => "Tensor",
            35 => "ParameterDict",
            _ => null,
        };

        public string Initializer => Kind switch
        {
            0 => $" = Conv2d({Channels}, {Channels}, {(Choice % 2 == 0 ? "3, padding: 1" : "1")}, bias: {Bool(1)})",
            1 => $" = Sequential(Conv2d({Channels}, 6, 3, padding: 1), BatchNorm2d(6), ReLU(inplace: {Bool(1)}), Conv2d(6, {Channels}, 1))",
            2 => $" = Sequential(Flatten(2), Linear(36, 36), {(Choice % 2 == 0 ? "GELU()" : "Dropout(0.3)")})",
            3 => $" = BatchNorm2d({Channels}, affine: {Bool(1)})",
            4 => $" = Conv2d({2 * Channels}, {Channels}, 1)",
            5 => $" = new({Channels}, {(Choice % 3) + 2}, normalised: {Bool(1)}, shortcut: {Bool(2)}, scaled: {Bool(4)})",
            6 => $" = ModuleList(new RandomBlock({Channels}, 3, {Bool(1)}, {Bool(2)}), new RandomBlock({Channels}, 2, {Bool(2)}, {Bool(4)}))",
            7 => $" = GroupNorm({(Choice % 2) + 1}, {Channels})",
            23 or 24 => $" = {Owned(Shapes[Choice])}",
            28 or 29 or 32 => $" = {Owned("4, 6, 6")}",
            33 => $" = {BoolBuffer("6, 6")}",
            34 => $" = {BoolBuffer(Shapes[Second % Shapes.Length])}",
            35 => $" = new() {{ (\"gain\", Parameter(randn({Shapes[Second % 4]}))), {{ \"level\", Parameter(rand(4, 1, 1)) }} }}",
            30 => $" = {Owned("6, 6")}",
            25 => $" = {Owned(Choice % 2 == 0 ? "2, 4, 6" : "6, 6")}",
            _ => "",
        };

        public static Line Draw(Random random, int values)
        {
            int kind = random.Next(Kinds);
            int first = random.Next(3) == 0 ? random.Next(values) : values - 1;
            int second = random.Next(values);

            // A method may not write over what it receives: the compiler leaves it to TorchSharp then.
            if (kind is 18 or 19 or 20 or 27 && first == 0) kind = 8;
            if (kind is 24 && first == 0) kind = 23;
            if (kind is 29 && first == 0) kind = 28;

            // Few, since the whole program then has no CPU pipeline.
            if (kind is 28 or 29 or 32 or 33 or 34 && random.Next(4) > 0) kind = 12;
            return new Line(kind, first, second, random.Next(8));
        }

        public string Write(string name, string field)
        {
            string a = $"v{First}";
            string b = $"v{Second}";
            string define = $"Tensor {name} =";
            return Kind switch
            {
                0 or 1 or 3 or 5 or 7 => $"{define} {field}.call({a});",
                2 => $"{define} {field}.call({a}).view({a}.shape[0], {Channels}, 6, -1);",
                4 => $"{define} {field}.call(cat([{a}, {b}], 1));",
                6 => Choice % 2 == 0
                    ? $"{define} {a}; foreach (RandomBlock block in {field}) {name} = block.call({name});"
                    : $"{define} {a}; for (int i = 0; i < {field}.Count; i++) {name} = {field}[i].call({name});",
                8 => $"{define} {a} + {b};",
                9 => $"{define} {a} - {b};",
                10 => $"{define} {a} * {b};",
                11 => $"{define} {Activation()};",
                12 => $"{define} 1 - {a} * 0.5 / 2;",
                13 => $"{define} {a} * functional.adaptive_avg_pool2d({b}, 1).sigmoid();",
                14 => $"{define} {a}.flatten(2).transpose(1, 2).softmax(-1).transpose(1, 2).reshape({a}.shape[0], {Channels}, 6, 6);",
                15 => $"{define} Attend{name}({a}.flatten(2), {b}.flatten(2)).view({a}.size(0), {Channels}, 6, 6); "
                    + $"static Tensor Attend{name}(Tensor q, Tensor k) => functional.scaled_dot_product_attention(q, k, k);",
                16 => $"{define} {a} - {a}.mean([2, 3], keepdim: true);",
                17 => $"(Tensor low{name}, Tensor high{name}) = ({a}.narrow(1, 0, 2), {b}.narrow(1, 2, 2)); "
                    + $"{define} cat([high{name}, low{name}], dim: 1);",
                18 => $"{define} {a}.mul_(0.75);",
                19 => First == Second || Second == 0 ? $"{define} {a}.add_(0.25);" : $"{define} {a}.add_({b});",
                20 => $"{define} reluInPlace.call({a});",
                22 => $"{define} {ShapedActivation()};",
                30 => Choice % 2 == 0
                    ? $"{define} functional.linear({a}, {field});"
                    : $"{define} functional.linear({a}.flatten(2).transpose(1, 2), {field}[..{Channels}, ..{Channels}] * 0.5, {field}[0, ..{Channels}])"
                        + $".transpose(1, 2).view({a}.shape[0], {Channels}, 6, 6);",
                31 => $"{define} stack([{a}, {b}, {a} * {b}], {(Choice % 2 == 0 ? "2" : "-1")}).mean([{(Choice % 2 == 0 ? "2" : "4")}]);",
                28 => $"{define} {a}.masked_fill({Mask(field)}, 0.25);",
                29 => $"{define} {a}.masked_fill_({Mask(field)}, -0.5);",
                32 => $"{define} {Comparison(field)};",
                33 => $"{define} functional.scaled_dot_product_attention({a}, {b}, {a}, {(Choice % 2 == 0 ? $"{field} | ~{field}.transpose(0, 1)" : $"attn_mask: ({field} & {field}.transpose(0, 1)).logical_not()")});",
                34 => $"{define} {BoolBufferUse(field)};",
                35 => $"{define} {DictionaryUse(field)};",
                26 => $"{define} {Function()};",
                27 => $"{define} {a}.{(Choice % 4) switch
                {
                    0 => "clamp_(-1, 0.5)",
                    1 => "abs_().sqrt_()",
                    2 => "clamp_(max: 1).exp_()",
                    _ => "neg_().pow_(2)",
                }};",
                23 => $"{define} {(Second % 4) switch
                {
                    0 => $"{a} + {field}",
                    1 => $"{field} * {a}",
                    2 => $"({field} - 0.5).sigmoid() - {a}",
                    _ => $"cat([{field}.expand({a}.shape[0], 4, 6, 6), {a}], 1)[.., 2..6]",
                }};",
                24 => $"{define} {a}.{(Second % 2 == 0 ? "add_" : "mul_")}({field});",
                25 => Choice % 2 == 0
                    ? $"{define} {a} + {field}[{Second % 2}].unsqueeze({(Second % 3 == 0 ? "-1" : "1")}){(Second % 3 == 0 ? "" : ".softmax(2)")};"
                    : $"{define} {a}.matmul({field}.transpose(0, 1) * 0.2);",
                21 => $"Tensor {name}; {{ using Tensor twice = {a} + {a}; {name} = {Bool(1)} ? twice * 0.5 : functional.sigmoid(twice); }}",
                _ => $"{define} {a};",
            };
        }

        // How a tensor beside [N, 4, 6, 6] may look.
        private static readonly string[] Shapes = ["4, 1, 1", "4, 6, 6", "6", "6, 1", "1, 4, 6, 6", "1, 4, 1, 1", "4, 1, 6", "1"];

        private string Owned(string shape) => Choice % 3 == 2 ? $"randn({shape})" : $"Parameter(randn([{shape}]))";

        private string Activation() => Choice switch
        {
            0 => $"functional.relu(v{First})",
            1 => $"v{First}.sigmoid()",
            2 => $"functional.gelu(v{First})",
            3 => $"v{First}.tanh()",
            4 => $"functional.silu(v{First})",
            5 => $"functional.leaky_relu(v{First}, 0.2)",
            6 => $"functional.hardswish(v{First})",
            _ => $"functional.max_pool2d(v{First}, 3, stride: 1, padding: 1)",
        };

        private string ShapedActivation() => Choice switch
        {
            0 => $"functional.elu(v{First}, 0.6)",
            1 => $"v{First}.selu()",
            2 => $"v{First}.celu(0.4)",
            3 => $"functional.softplus(v{First})",
            4 => $"functional.mish(v{First})",
            5 => $"functional.softsign(v{First})",
            6 => $"functional.logsigmoid(v{First})",
            _ => $"functional.tanhshrink(v{First})",
        };

        // Of numbers that are often met, what a ReLU and a clamp give, and of the network's own: those are the same however it is computed,
        // while a rounding of others would turn a mask round.
        private string Mask(string field)
        {
            string own = $"{field}.expand(v{First}.shape[0], 4, 6, 6)";
            return Choice switch
            {
                0 => $"{own}.relu() == 0",
                1 => $"~({own}.clamp(-0.1, 0.1) == 0.1f)",
                2 => $"(functional.relu({own}) != 0) & ({own}.clamp(max: 1) != 1)",
                3 => $"({own}.relu() == 0) | ({own}.clamp_min(1) != 1)",
                4 => $"({own}.mean([1], keepdim: true).relu() == 0).logical_xor({own}.relu() == 0)",
                5 => $"({own}.flatten(2).mean([2]).relu() == 0).logical_not().unsqueeze(-1).unsqueeze(-1)",
                6 => $"logical_and({own}.relu() == 0, ~({own}.clamp(max: 1) == 1))",
                _ => $"({own}.relu().ne(0) ^ {own}.abs().relu().eq(0))",
            };
        }

        // Numbers of the network's own are the same however a program is computed, and those that are computed may only be compared where both
        // answers are the same but for rounding.
        private string Comparison(string field)
        {
            string a = $"v{First}";
            string b = $"v{Second}";
            return Choice switch
            {
                0 => $"where({a}.gt({b}), {a}, {b})",
                1 => $"{a}.masked_fill({a} <= 0.25, 0.25)",
                2 => $"{a}.where({a}.lt({field}), {field})",
                3 => $"where({field} > 0.125, {a}, {b})",
                4 => $"{a} * (0.5f >= {field} & {field}.ge(-0.75)).to(ScalarType.Float32)",
                5 => $"where({a} < 0, zeros_like({a}), {a})",
                6 => $"{a}.masked_fill({field} < {field}[0] * 0.5, 0.5)",
                _ => $"where(({field}.greater(0.2 * {field}.abs())).logical_not(), torch.where(-0.25 < {a}, {a}, full_like({a}, -0.25)), {b})",
            };
        }

        private string BoolBufferUse(string field) => (Choice % 4) switch
        {
            0 => $"v{First}.masked_fill({field}, -0.25)",
            1 => $"where({field}, v{First}, v{Second})",
            2 => $"v{First} * {field}.to(ScalarType.Float32) + v{Second}",
            _ => $"v{First}.masked_fill(~{field} & {field}.logical_xor({field} != {field}.logical_not()), 0.75)",
        };

        private string BoolBuffer(string shape) => (Choice % 3) switch
        {
            0 => $"randn({shape}) > 0",
            1 => $"rand({shape}).ge(0.5)",
            _ => $"randn({shape}).abs().to(ScalarType.Float32).lt(0.75).logical_not()",
        };

        private string DictionaryUse(string field) => Choice switch
        {
            0 or 1 => $"v{First} * {field}[\"gain\"]",
            2 => $"v{First} + {field}[\"gain\"] * {field}[1].Item2",
            3 => $"v{First} / (1.5f + {field}[\"level\"])",
            4 => $"({field}.Count == 2 ? v{First} : v{Second}) - {field}[\"level\"].reciprocal().clamp(max: 2)",
            _ => $"v{First} * (2 / (1 + v{Second}.abs() + {field}[\"level\"]))",
        };

        // None leaves the numbers where float32 means something.
        private string Function() => Choice switch
        {
            0 => $"v{First}.clamp(-0.5, {(Second % 2 == 0 ? "0.75" : "1.5f")})",
            1 => $"torch.clamp_min(v{First}, 0.1) - v{Second}.clamp_max(0.2).abs()",
            2 => $"exp(-v{First}.abs())",
            3 => $"(v{First}.square() + 0.1).sqrt()",
            4 => $"v{First} * (v{Second}.pow(2).mean([1], keepdim: true) + 0.01).rsqrt()",
            5 => $"v{First}.clamp(max: 1).exp()",
            6 => $"v{First}.flatten(2).transpose(1, 2).clamp(min: -1, max: 1).exp().transpose(1, 2).reshape(v{First}.shape[0], 4, 6, 6)",
            _ => $"torch.abs(v{First}) + v{Second}.clip(0, 6).neg()",
        };

        private string Bool(int bit) => (Choice & bit) != 0 ? "true" : "false";
    }
}
