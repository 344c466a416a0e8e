# Brazilian Portuguese: português (Brasil)

## Sentences that several texts share

-new-passcode = Um passcode existente não pode ser exibido novamente. Para criar um novo, abra Settings > Passcodes no painel da CleverTap e selecione + Passcode e depois Create & View; API Key faz a cópia. Se você não vir Passcodes, fale com um administrador da sua conta da CleverTap.
-copy-account-id = Copie o ID da conta no painel da CleverTap, em Settings > Project, onde ele se chama Project ID.
-account-id-place = O painel da CleverTap mostra o ID da conta em Settings > Project, onde ele se chama Project ID.

## Advice: one message for each code, and one for each reason that refines it

verified =
    .title = Credenciais aceitas
    .message = A CleverTap aceitou este ID de conta e este passcode.
    .action = Você não precisa fazer mais nada.

check-credentials =
    .title = A CleverTap não aceita estas credenciais
    .message = A CleverTap não aceitou este ID de conta e este passcode nesta região. Um dos dois pode estar incorreto, a conta pode estar em outra região, ou o passcode pode ter expirado ou ter sido redefinido ou excluído.
    .action = No painel da CleverTap, compare o ID da conta com o Project ID exibido em Settings > Project, e a região com a que aparece no endereço do painel. Se os dois estiverem corretos, use outro passcode. { -new-passcode }
check-credentials-everywhere =
    .message = Nenhuma das regiões verificadas aceitou este ID de conta e este passcode; portanto, a escolha da região não é a causa. Um dos dois pode estar incorreto, ou o passcode pode ter expirado ou ter sido redefinido ou excluído.
    .action = No painel da CleverTap, compare o ID da conta com o Project ID exibido em Settings > Project. Se ele estiver correto, use outro passcode. { -new-passcode }
check-credentials-hidden-passcode =
    .title = Este não é o passcode em si
    .message = O campo do passcode contém apenas pontos ou asteriscos. Uma página os exibe no lugar de um passcode que ela oculta.
    .action = Informe o passcode em si. { -new-passcode }
check-credentials-bearer-prefix =
    .title = O passcode começa com a palavra Bearer
    .message = A palavra Bearer faz parte de outros tipos de chave. A CleverTap espera o passcode sem ela.
    .action = Remova a palavra Bearer e informe apenas o passcode.
check-credentials-label =
    .title = Informe apenas o passcode
    .message = O campo do passcode contém outro texto além do passcode ou no lugar dele, como o nome do campo ou de um cabeçalho.
    .action = Remova o outro texto e informe apenas o passcode.
check-credentials-web-address =
    .title = Isto é um endereço da web, não um passcode
    .message = O campo do passcode contém um endereço da web.
    .action = Informe o passcode em si. { -new-passcode }
check-credentials-same-as-account-id =
    .title = Os dois campos contêm o mesmo valor
    .message = O ID da conta e o passcode são dois valores diferentes, mas o mesmo valor foi informado nos dois campos.
    .action = { -copy-account-id } Depois, informe o passcode. { -new-passcode }
check-credentials-placeholder =
    .title = Isto parece um texto de exemplo, não um passcode
    .message = O campo do passcode contém uma palavra que exemplos e formulários mostram no lugar de um passcode.
    .action = Informe o passcode em si. { -new-passcode }
check-credentials-user-passcode =
    .title = A CleverTap não aceita estas credenciais
    .message = O passcode tem o formato de um passcode de usuário. Um passcode de usuário expira, e um administrador pode redefini-lo ou revogá-lo. O ID da conta também pode estar incorreto, ou a conta pode estar em outra região.
    .message-everywhere = O passcode tem o formato de um passcode de usuário. Um passcode de usuário expira, e um administrador pode redefini-lo ou revogá-lo. O ID da conta também pode estar incorreto. Nenhuma das regiões verificadas o aceitou; portanto, a escolha da região não é a causa.
    .action = A pessoa a quem este passcode foi concedido vê o atual na página Settings do painel da CleverTap. Um administrador pode conceder um novo em Settings > Users com Grant. Compare também o ID da conta com o Project ID exibido em Settings > Project.
check-credentials-test-project =
    .title = A CleverTap não aceita estas credenciais
    .message = O ID da conta começa com TEST-, como os dos projetos de teste. Um projeto de teste tem passcodes próprios. O passcode também pode ter expirado ou ter sido redefinido ou excluído, um dos dois valores pode estar incorreto, ou a conta pode estar em outra região.
    .message-everywhere = O ID da conta começa com TEST-, como os dos projetos de teste. Um projeto de teste tem passcodes próprios. O passcode também pode ter expirado ou ter sido redefinido ou excluído, ou um dos dois valores pode estar incorreto. Nenhuma das regiões verificadas os aceitou; portanto, a escolha da região não é a causa.
    .action = No painel da CleverTap, abra o projeto de teste e compare o ID da conta com o Project ID exibido em Settings > Project. Se ele estiver correto, use um passcode deste projeto. { -new-passcode } Para conectar o projeto de produção, informe o Project ID e o passcode dele.

check-account-id =
    .title = A CleverTap não reconhece este ID de conta
    .message = A CleverTap informa que este ID de conta não é válido na região escolhida.
    .action = { -copy-account-id } Verifique se a região é a mesma que aparece no endereço do painel.
check-account-id-everywhere =
    .message = A CleverTap informa que este ID de conta não é válido. Nenhuma das regiões verificadas o aceitou; portanto, a escolha da região não é a causa.
    .action = { -copy-account-id }
check-account-id-email-address =
    .title = Isto parece um endereço de e-mail, não um ID de conta
    .message = O campo do ID da conta contém um @, como um endereço de e-mail. Um ID de conta normalmente tem o formato XXX-XXX-XXXX.
    .action = { -copy-account-id }
check-account-id-web-address =
    .title = Isto é um endereço da web, não um ID de conta
    .message = O campo do ID da conta contém um endereço da web. Um ID de conta normalmente tem o formato XXX-XXX-XXXX.
    .action = { -copy-account-id } Você também pode colar o endereço que o navegador mostra quando você está conectado ao painel: ele contém o ID da conta.
check-account-id-account-name =
    .title = Isto parece um nome, não um ID de conta
    .message = O campo do ID da conta contém palavras ou letras, como o nome de uma conta. Um ID de conta normalmente tem o formato XXX-XXX-XXXX, com números e letras maiúsculas.
    .action = { -copy-account-id }
check-account-id-label =
    .title = Informe apenas o ID da conta
    .message = O campo do ID da conta contém outro texto além do ID da conta ou no lugar dele, como o nome do campo ou de um cabeçalho.
    .action = Remova o outro texto e informe apenas o ID da conta, que normalmente tem o formato XXX-XXX-XXXX. { -account-id-place }
check-account-id-lower-case =
    .title = Os IDs de conta têm apenas letras maiúsculas
    .message = Este ID de conta contém letras minúsculas. A CleverTap diferencia letras maiúsculas e minúsculas.
    .action = Informe o ID da conta em letras maiúsculas ou copie-o novamente. { -account-id-place }
check-account-id-incomplete =
    .title = O ID da conta não tem o formato habitual
    .message = Um ID de conta normalmente tem três grupos de 3, 3 e 4 caracteres separados por hifens: XXX-XXX-XXXX. Aqui faltam caracteres ou hifens, ou há caracteres demais, como espaços.
    .action = { -copy-account-id }
check-account-id-misread-character =
    .title = O ID da conta contém um caractere que pode ter sido lido errado
    .message = O caractere { $position } é { $character }; os IDs de conta não contêm { $character }.
    .message-two = O caractere { $position } é { $character } e o caractere { $second-position } é { $second-character }; os IDs de conta não contêm nenhum dos dois.
    .message-foreign = O ID da conta contém um caractere que pode parecer certo, mas que não é nenhuma das letras A–Z nem dos números 0–9 (posição { $positions }).
    .action = Copie o ID da conta em vez de digitá-lo. { -account-id-place }

looks-like-token =
    .title = Isto parece um token de conta, não um passcode
    .message = A CleverTap não aceitou estas credenciais, e o passcode tem o formato de um token de conta (chamado de Project Token no painel), que se destina aos SDKs.
    .action = Informe o passcode em vez dele. { -new-passcode }

fields-swapped =
    .title = O ID da conta e o passcode podem estar trocados
    .message = A CleverTap não aceitou estas credenciais. O passcode tem o formato de um ID de conta, e o ID da conta tem o de um passcode ou token.
    .action = Se os dois estiverem trocados, inverta-os. Se não estiverem, corrija o ID da conta. { -account-id-place }

choose-region =
    .title = Sua conta está em outra região
    .message = A CleverTap não aceita estas credenciais na região { $region }, mas aceita na região { $suggested }.
    .action = Escolha { $suggested } como região e tente novamente.

request-whitelisting =
    .title = A CleverTap ainda não aprovou esta integração
    .message = O nome de parceiro “{ $partner }” não está entre os parceiros aprovados pela CleverTap; por isso, ainda não é possível conectar nenhuma conta com esse nome.
    .action = Por enquanto, você não precisa alterar nada. O provedor desta integração deve pedir à CleverTap que aprove o nome de parceiro. Só depois disso o ID da conta e o passcode poderão ser verificados.

retry-shortly =
    .title = A CleverTap não está disponível no momento
    .message = Não foi possível acessar a CleverTap, ou ela não deu uma resposta utilizável a tempo. Não foi possível verificar as suas credenciais; é bem possível que estejam corretas.
    .action = Aguarde um momento e tente novamente. Se o problema continuar, consulte a página de status da CleverTap.
    .action-minutes = Tente novamente em { $minutes } min. Se o problema continuar, consulte a página de status da CleverTap.
retry-shortly-busy =
    .title = A CleverTap está ocupada
    .message = A CleverTap não aceita mais solicitações no momento. Não foi possível verificar as suas credenciais; é bem possível que estejam corretas.
retry-shortly-overloaded =
    .title = Este serviço está ocupado
    .message = Há verificações demais em andamento no momento. Não foi possível verificar as suas credenciais; é bem possível que estejam corretas.
    .action = Aguarde um momento e tente novamente.
    .action-minutes = Tente novamente em { $minutes } min.

slow-down =
    .title = Solicitações demais
    .message = Há solicitações demais no momento. As suas credenciais não foram verificadas.
    .action = Aguarde um momento e tente novamente.
    .action-minutes = Tente novamente em { $minutes } min.

too-many-attempts =
    .title = Tentativas demais
    .message = Houve tentativas demais com esta conta ou nesta sessão. Para proteger a conta, novas tentativas estão pausadas.
    .action = Tente novamente quando a pausa terminar. Enquanto isso, garanta que você tem um passcode válido. { -new-passcode }
    .action-minutes = Tente novamente em { $minutes } min. Enquanto isso, garanta que você tem um passcode válido. { -new-passcode }
attempts-left = Tentativas restantes para esta conta antes de uma pausa: { $count }.

contact-operator =
    .title = Ocorreu algo inesperado
    .message = A verificação terminou sem resultado, e tentar novamente provavelmente não vai ajudar. Não foi possível verificar as suas credenciais; é bem possível que estejam corretas.
    .action = Entre em contato com o suporte desta integração e informe o ID da solicitação.

fix-request =
    .title = Não é possível processar a solicitação
    .message = A integração enviou uma solicitação que o serviço não entende ou não tem permissão para responder.
    .action = Você não consegue corrigir isso. Avise o suporte desta integração e informe o ID da solicitação.
fix-request-fields =
    .title = Verifique os dados informados
    .message = Pelo menos um campo está vazio ou não pode ser usado.
    .action = Corrija os campos marcados e tente novamente.
fix-request-label =
    .title = Informe apenas o valor em si
    .message = Um campo contém outro texto além do valor dele ou no lugar do valor, como o nome do campo ou de um cabeçalho.
    .action = Remova o outro texto do campo marcado e tente novamente.
fix-request-web-address =
    .title = Isto é um endereço da web
    .message = Um campo contém um endereço da web no lugar de outro valor.
    .action = Copie o valor do campo marcado do painel da CleverTap e tente novamente.

## Field errors: what is wrong, and what is allowed

error-missing = Este campo é obrigatório.
error-empty = Preencha este campo.
error-wrong-type = Este membro deve ser uma string JSON, mas é do tipo { $found }.
    .flag = Este membro deve ser true ou false, mas é do tipo { $found }.
error-too-long = Informe no máximo { $most } caracteres.
error-unusable-characters = O caractere { $position } não pode ser usado. Use somente as letras A–Z e a–z (sem acento nem ç), números e sinais de pontuação, sem espaços. Um texto copiado pode conter caracteres invisíveis ou parecidos: limpe o campo e copie o valor novamente, ou digite-o.
error-unknown-region = Escolha uma destas regiões: { $known }. Ou cole o endereço do painel da CleverTap, que contém a região.
    .near = Você quis dizer { $region }? Escolha uma destas regiões: { $known }. Ou cole o endereço do painel da CleverTap, que contém a região.
    .address = Este endereço não contém uma região. Entre primeiro no painel da CleverTap e depois copie o endereço que o navegador mostra. Ou escolha uma destas regiões: { $known }.
error-no-origin = É permitida a origem de uma página: apenas esquema, host e porta, como https://dash.example.com.
error-out-of-range = É permitido um número inteiro de 1 a { $most }.

## Warnings

warning-repaired =
    .account-id = O ID da conta foi corrigido: espaços ou aspas ao redor, caracteres invisíveis, traços especiais ou caracteres de largura total foram removidos ou substituídos, ou o ID foi retirado do endereço colado.
    .passcode = Espaços ou aspas ao redor do passcode, ou caracteres invisíveis, foram removidos.
    .region = Espaços ou aspas ao redor da região, ou caracteres invisíveis, foram removidos.
warning-unusual-shape =
    .account-id = Os IDs de conta da CleverTap normalmente têm o formato XXX-XXX-XXXX. Compare este com o Project ID exibido em Settings > Project no painel da CleverTap.
warning-url-conflict =
    .account-id = O endereço do painel que você colou pertence a um ID de conta diferente do informado. Foi usado o ID informado.
    .region = O endereço do painel informado como ID da conta pertence a uma região diferente da escolhida. Foi usada a região escolhida.

## Problems: title, and what it means

problem-malformed-json = JSON malformado
    .detail = O corpo deve ser um único objeto JSON com os membros account_id, passcode, region e, se desejado, suggest_region e lang, cada um no máximo uma vez e nenhum outro.
    .position = Veja a linha { $line }, coluna { $column }.
    .duplicate = O membro { $member } aparece mais de uma vez (linha { $line }, coluna { $column }).
    .unknown = Há um membro desconhecido (linha { $line }, coluna { $column }).
    .similar = Há um membro desconhecido (linha { $line }, coluna { $column }); talvez o nome correto seja { $member }.
problem-bad-request = Solicitação incorreta
    .detail = A solicitação HTTP está malformada ou é ambígua: ela precisa de exatamente um Host válido e de um tamanho inequívoco.
problem-invalid-request = Solicitação inválida
    .detail = Pelo menos um campo está faltando ou não pode ser usado; "errors" indica cada um deles.
problem-unauthenticated = Não autenticado
    .detail = A solicitação precisa de uma chave de API ou de um token de sessão válido no cabeçalho "Authorization: Bearer".
problem-forbidden = Acesso não permitido
    .detail = A chave ou o token é válido, mas não dá permissão para esta operação.
problem-not-found = Não encontrado
    .detail = Não há nada neste endereço.
problem-method-not-allowed = Método não permitido
    .detail = Este endereço não aceita este método; o cabeçalho "Allow" indica os que ele aceita.
problem-unsupported-media-type = Tipo de conteúdo não aceito
    .detail = O corpo deve ser JSON, e "Content-Type" deve ser application/json.
problem-payload-too-large = Conteúdo grande demais
    .detail = O corpo é maior do que este serviço aceita.
problem-request-timeout = Tempo da solicitação esgotado
    .detail = A solicitação não chegou por completo a tempo.
problem-uri-too-long = URI longo demais
    .detail = O endereço é mais longo do que este serviço aceita.
problem-headers-too-large = Cabeçalhos grandes demais
    .detail = Os cabeçalhos são mais longos ou mais numerosos do que este serviço aceita.
problem-rate-limited = Limite de solicitações excedido
    .detail = Chegaram mais solicitações do que este cliente pode enviar; "Retry-After" indica quando tentar novamente.
problem-too-many-attempts = Tentativas demais
    .detail = Um número excessivo de credenciais diferentes foi recusado para esta conta em pouco tempo, ou o token de sessão não tem mais tentativas; "Retry-After" indica quando a próxima tentativa pode ser feita.
problem-upstream-unexpected = Resposta inesperada da CleverTap
    .detail = A CleverTap deu uma resposta que não é nenhuma das conhecidas, e por isso não é possível afirmar nada sobre as credenciais.
problem-upstream-unavailable = A CleverTap não está disponível
    .detail = Não foi possível acessar a CleverTap, ou ela informou um erro próprio, e por isso não é possível afirmar nada sobre as credenciais.
problem-upstream-busy = A CleverTap está ocupada
    .detail = A CleverTap não aceita mais solicitações no momento, e por isso ainda não é possível afirmar nada sobre as credenciais.
problem-upstream-timeout = A CleverTap não respondeu a tempo
    .detail = A CleverTap não deu uma resposta completa a tempo, e por isso não é possível afirmar nada sobre as credenciais.
problem-overloaded = Serviço sobrecarregado
    .detail = Este serviço está recusando novas tarefas por um momento para continuar respondendo.
problem-internal = Erro interno
    .detail = É uma falha deste serviço; o operador dele pode localizá-la pelo ID da solicitação.

## Pages, the command line and its report

page-owner = Quem pode resolver
page-action = O que fazer
page-retryable = Vale a pena tentar de novo sem alterações
page-yes = Sim
page-no = Não
page-more = Saiba mais
page-languages = Outros idiomas
owner-none = Não há nada a resolver
owner-customer = Você, o cliente
owner-partner = O provedor desta integração
owner-clevertap = CleverTap
owner-operator = O operador deste serviço
report-title = Credenciais armazenadas
report-made = Verificadas novamente pelo connect-verifier em { $time }.
report-rows = Linhas
report-accepted = Aceitas
report-refused = Não aceitas
report-undecided = Sem resultado
report-results = Resultados
report-regions = Resultados por região
report-newly-refused = Não são mais aceitas desde o último relatório
report-recovered = Aceitas novamente desde o último relatório
report-accounts = O que fazer e para quais contas
report-nothing = Nenhuma.
report-account = Conta
report-id = ID
report-region = Região escolhida
report-result = Resultado
report-more = Há mais { $count } no arquivo de saída.
report-customer = O cliente
