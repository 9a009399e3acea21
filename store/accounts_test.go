package store_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
)

func TestCreateAccount(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	a, b := newTenant(t, f.Store, "A"), newTenant(t, f.Store, "B")
	has, err := f.HasOwner(ctx)
	require.NoError(t, err)
	assert.False(t, has)

	made, err := f.CreateAccount(ctx, someone, "  Jo@Contoso.COM ", store.Viewer, password, []int64{b.ID, a.ID, b.ID})
	require.NoError(t, err)
	want := store.Account{ID: made.ID, Email: "jo@contoso.com", Role: store.Viewer, CreatedAt: f.clock.Now(), Tenants: []int64{a.ID, b.ID}}
	assert.Equal(t, want, made)
	for name, find := range map[string]func() (store.Account, error){
		"by id":    func() (store.Account, error) { return f.Account(ctx, made.ID) },
		"by email": func() (store.Account, error) { return f.AccountByEmail(ctx, "JO@contoso.com ") },
	} {
		got, err := find()
		require.NoError(t, err, name)
		assert.Equal(t, want, got, name)
	}
	_, err = f.CreateAccount(ctx, someone, "JO@CONTOSO.com", store.Owner, password, nil)
	require.ErrorIs(t, err, store.ErrConflict)
	has, err = f.HasOwner(ctx)
	require.NoError(t, err)
	assert.False(t, has, "a refused account is none")

	_, err = f.CreateAccount(ctx, someone, "ann@contoso.com", store.Owner, password, nil)
	require.NoError(t, err)
	has, err = f.HasOwner(ctx)
	require.NoError(t, err)
	assert.True(t, has)
	all, err := f.Accounts(ctx)
	require.NoError(t, err)
	require.Len(t, all, 2)
	assert.Equal(t, "ann@contoso.com", all[0].Email)
	assert.Empty(t, all[0].Tenants)

	_, err = f.Account(ctx, 99)
	require.ErrorIs(t, err, store.ErrNotFound)
	_, err = f.AccountByEmail(ctx, "nobody@contoso.com")
	require.ErrorIs(t, err, store.ErrNotFound)
	assert.Equal(t, []string{"tenant.created", "tenant.created", "account.created", "account.created"}, actions(t, f.Store))
}

func TestCreateAccount_Input(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	tests := []struct {
		name, email string
		role        store.Role
		password    string
		tenants     []int64
		field       string
	}{
		{"no email", "", store.Viewer, password, nil, "email"},
		{"no domain", "jo@", store.Viewer, password, nil, "email"},
		{"no at", "jo.contoso.com", store.Viewer, password, nil, "email"},
		{"two", "a@b.c, d@e.f", store.Viewer, password, nil, "email"},
		{"with name", "Jo <jo@contoso.com>", store.Viewer, password, nil, "email"},
		{"line break", "jo@contoso.com\nbcc: x", store.Viewer, password, nil, "email"},
		{"too long", strings.Repeat("a", 250) + "@b.de", store.Viewer, password, nil, "email"},
		{"no role", "jo@contoso.com", "", password, nil, "role"},
		{"unknown role", "jo@contoso.com", "root", password, nil, "role"},
		{"11 characters", "jo@contoso.com", store.Viewer, strings.Repeat("é", 11), nil, "password"},
		{"257 characters", "jo@contoso.com", store.Viewer, strings.Repeat("x", 257), nil, "password"},
		{"unknown tenant", "jo@contoso.com", store.Viewer, password, []int64{99}, "tenants"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := f.CreateAccount(ctx, someone, test.email, test.role, test.password, test.tenants)
			var input store.InputError
			require.ErrorAs(t, err, &input)
			assert.Equal(t, test.field, input.Field)
			assert.Equal(t, input.Message, input.Error())
		})
	}
	all, err := f.Accounts(ctx)
	require.NoError(t, err)
	assert.Empty(t, all)

	for i, allowed := range []string{strings.Repeat("é", 12), strings.Repeat("日", 256)} {
		_, err := f.CreateAccount(ctx, someone, fmt.Sprintf("jo%d@contoso.com", i), store.Viewer, allowed, nil)
		require.NoError(t, err, "length counts characters, not bytes")
	}
}

func TestCheckPassword(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	made, err := f.CreateAccount(ctx, someone, "jo@contoso.com", store.Admin, password, nil)
	require.NoError(t, err)
	f.clock.Advance(time.Hour)

	for name, try := range map[string][2]string{
		"wrong password":         {"jo@contoso.com", password + "x"},
		"other case":             {"jo@contoso.com", strings.ToUpper(password)},
		"empty password":         {"jo@contoso.com", ""},
		"unknown email":          {"nobody@contoso.com", password},
		"empty email":            {"", password},
		"unknown email, no word": {"nobody@contoso.com", ""},
	} {
		got, err := f.CheckPassword(ctx, try[0], try[1])
		require.ErrorIs(t, err, store.ErrWrongPassword, name)
		assert.Equal(t, "wrong email or password", err.Error(), "%s: the same words for all", name)
		assert.Zero(t, got, name)
	}
	got, err := f.Account(ctx, made.ID)
	require.NoError(t, err)
	assert.True(t, got.LastLoginAt.IsZero())

	got, err = f.CheckPassword(ctx, " JO@contoso.com", password)
	require.NoError(t, err)
	assert.Equal(t, made.ID, got.ID)
	assert.Equal(t, f.clock.Now(), got.LastLoginAt)
}

func TestCheckPassword_RenewsOldHashes(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, err := f.CreateAccount(ctx, someone, "jo@contoso.com", store.Admin, password, nil)
	require.NoError(t, err)
	db := raw(t, f.dir)
	stored := func() (hash string) {
		require.NoError(t, db.QueryRowContext(ctx, `SELECT password_hash FROM accounts`).Scan(&hash))
		return hash
	}
	require.Contains(t, stored(), "$argon2id$v=19$m=47104,t=1,p=1$")
	weak, err := argon2id.CreateHash(password, &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	require.NoError(t, err)
	execute(t, db, `UPDATE accounts SET password_hash = ?`, weak)

	_, err = f.CheckPassword(ctx, "jo@contoso.com", "wrong")
	require.ErrorIs(t, err, store.ErrWrongPassword)
	require.Contains(t, stored(), "m=64,", "a wrong password renews nothing")
	for range 2 {
		_, err = f.CheckPassword(ctx, "jo@contoso.com", password)
		require.NoError(t, err)
		require.Contains(t, stored(), "m=47104,t=1,p=1$")
	}
}

func TestCheckPassword_ManyAtOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, err := f.CreateAccount(ctx, someone, "jo@contoso.com", store.Admin, password, nil)
	require.NoError(t, err)
	var wg sync.WaitGroup
	errs := make([]error, 6)
	for i := range errs {
		wg.Go(func() { _, errs[i] = f.CheckPassword(ctx, "jo@contoso.com", password) })
	}
	wg.Wait()
	for _, err := range errs {
		assert.NoError(t, err)
	}
}

func TestSetPassword(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	jo, err := f.CreateAccount(ctx, someone, "jo@contoso.com", store.Admin, password, nil)
	require.NoError(t, err)
	require.NoError(t, f.CreateSession(ctx, store.Session{Hash: []byte("one"), AccountID: jo.ID}))
	require.NoError(t, f.CreateSession(ctx, store.Session{Hash: []byte("guest")}))

	var input store.InputError
	require.ErrorAs(t, f.SetPassword(ctx, someone, jo.ID, "short"), &input)
	require.ErrorIs(t, f.SetPassword(ctx, someone, 99, password), store.ErrNotFound)
	_, err = f.Session(ctx, []byte("one"), time.Hour)
	require.NoError(t, err)

	require.NoError(t, f.SetPassword(ctx, someone, jo.ID, "another long password"))
	_, err = f.Session(ctx, []byte("one"), time.Hour)
	require.ErrorIs(t, err, store.ErrNotFound)
	_, err = f.Session(ctx, []byte("guest"), time.Hour)
	require.NoError(t, err)
	_, err = f.CheckPassword(ctx, jo.Email, password)
	require.ErrorIs(t, err, store.ErrWrongPassword)
	_, err = f.CheckPassword(ctx, jo.Email, "another long password")
	require.NoError(t, err)
	assert.Equal(t, []string{"account.created", "account.password_set"}, actions(t, f.Store))
}

func TestLastOwner(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	tenant := newTenant(t, f.Store, "Contoso")
	owner, err := f.CreateAccount(ctx, someone, "ann@contoso.com", store.Owner, password, nil)
	require.NoError(t, err)
	other, err := f.CreateAccount(ctx, someone, "jo@contoso.com", store.Viewer, password, nil)
	require.NoError(t, err)

	require.ErrorIs(t, f.UpdateAccount(ctx, someone, owner.ID, store.Admin, nil), store.ErrConflict)
	require.ErrorIs(t, f.DeleteAccount(ctx, someone, owner.ID), store.ErrConflict)
	require.NoError(t, f.UpdateAccount(ctx, someone, owner.ID, store.Owner, []int64{tenant.ID}), "an owner stays one")

	require.NoError(t, f.UpdateAccount(ctx, someone, other.ID, store.Owner, nil))
	require.NoError(t, f.UpdateAccount(ctx, someone, owner.ID, store.Admin, nil))
	require.ErrorIs(t, f.DeleteAccount(ctx, someone, other.ID), store.ErrConflict)
	require.NoError(t, f.DeleteAccount(ctx, someone, owner.ID))
	_, err = f.Account(ctx, owner.ID)
	require.ErrorIs(t, err, store.ErrNotFound)
}

func TestUpdateAccount(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	a, b := newTenant(t, f.Store, "A"), newTenant(t, f.Store, "B")
	jo, err := f.CreateAccount(ctx, someone, "jo@contoso.com", store.Viewer, password, []int64{a.ID})
	require.NoError(t, err)
	require.NoError(t, f.UpdateAccount(ctx, someone, jo.ID, store.Admin, []int64{b.ID}))
	got, err := f.Account(ctx, jo.ID)
	require.NoError(t, err)
	assert.Equal(t, store.Admin, got.Role)
	assert.Equal(t, []int64{b.ID}, got.Tenants)

	var input store.InputError
	require.ErrorAs(t, f.UpdateAccount(ctx, someone, jo.ID, "root", nil), &input)
	require.ErrorAs(t, f.UpdateAccount(ctx, someone, jo.ID, store.Viewer, []int64{99}), &input)
	require.ErrorIs(t, f.UpdateAccount(ctx, someone, 99, store.Viewer, nil), store.ErrNotFound)
	require.ErrorIs(t, f.DeleteAccount(ctx, someone, 99), store.ErrNotFound)
	after, err := f.Account(ctx, jo.ID)
	require.NoError(t, err)
	assert.Equal(t, got, after, "refused changes change nothing")

	require.NoError(t, f.CreateSession(ctx, store.Session{Hash: []byte("one"), AccountID: jo.ID}))
	require.NoError(t, f.DeleteAccount(ctx, someone, jo.ID))
	_, err = f.Session(ctx, []byte("one"), time.Hour)
	require.ErrorIs(t, err, store.ErrNotFound, "its sessions end")
	assert.Equal(t, []string{"account.created", "account.changed", "account.removed"}, actions(t, f.Store)[2:])
}

func TestAccount_Sees(t *testing.T) {
	t.Parallel()
	tests := []struct {
		account store.Account
		want    bool
	}{
		{store.Account{Role: store.Owner}, true},
		{store.Account{Role: store.Admin}, false},
		{store.Account{Role: store.Admin, Tenants: []int64{7}}, true},
		{store.Account{Role: store.Viewer, Tenants: []int64{6, 8}}, false},
		{store.Account{}, false},
	}
	for _, test := range tests {
		assert.Equal(t, test.want, test.account.Sees(7), "%+v", test.account)
	}
}
